import BundleFormat
import Cryptography
import StructuredText
import Testing

@Suite struct OpeningRecordTests {
    private func record() throws -> OpeningRecord {
        var record = OpeningRecord(
            bundle: try #require(BundleID("00112233445566778899aabbccddeeff")), folder: try FolderName("case-1"),
            started: .init(wall: 1_795_230_855_926_535_897, boottime: 77),
            tool: .init(name: "exhibit", version: "0.1.0"))
        record.caseRecord = .init(id: "C-1", operator: "Ann\u{85} Lee ", purpose: "  why\nnot ")
        record.targets = ["pod/api-7d9"]
        record.cluster = .init(server: "https://[::1]:6443")
        record.clock = .init(synchronized: true, estimatedErrorMicroseconds: 3)
        record.limits = ["deadline": 60]
        record.key = .init(type: "ssh-ed25519", public: "ssh-ed25519 AAAA")
        return record
    }

    @Test func aRecordComesBackAsItWas() throws {
        let record = try record()
        #expect(try OpeningRecord(decoding: record.encoded()[...]) == record)
    }

    @Test func parametersComeBack() throws {
        var record = try record()
        record.parameters = ["b": ["y": "2 \"", "x": "1"], "a": ["z": "ü"]]
        let text = String(decoding: record.encoded(), as: UTF8.self)
        let written = #""parameters":{"a":{"z":"ü"},"b":{"x":"1","y":"2 \""}},"touch""#
        #expect(text.contains(written), "sorted: \(text)")
        #expect(try OpeningRecord(decoding: record.encoded()[...]) == record)
        for hostile in [#"{"a":{"z":1}}"#, #"{"a":"b"}"#, #"["a"]"#, #"{"a":{"z":"1","z":"2"}}"#] {
            let changed = text.replacing(written, with: #""parameters":\#(hostile),"touch""#)
            #expect(throws: FormatError.self) { try OpeningRecord(decoding: Array(changed.utf8)[...]) }
        }
    }

    @Test(arguments: [0, 5, -315_360_000_000, .min, .max] as [Int64])
    func theClustersClockComesBack(offset: Int64) throws {
        var record = try record()
        record.cluster?.clockOffsetMilliseconds = offset
        record.cluster?.clockOffsetErrorMilliseconds = 512
        let text = String(decoding: record.encoded(), as: UTF8.self)
        #expect(text.contains(#""clockOffsetMilliseconds":\#(offset),"clockOffsetErrorMilliseconds":512}"#))
        #expect(try OpeningRecord(decoding: record.encoded()[...]) == record)
        // What an older program says nothing of, and what a newer one may say.
        let other = text.replacing(#""clockOffsetErrorMilliseconds":512"#, with: #""later":[1]"#)
        #expect(try OpeningRecord(decoding: Array(other.utf8)[...]).cluster?.clockOffsetErrorMilliseconds == nil)
    }

    @Test(arguments: [
        (#""critical":[]"#, #""critical":["shred"]"#), (#""version":1"#, #""version":2"#),
        (#""folder":"case-1""#, #""folder":"../case""#), (#""folder":"case-1""#, #""folder":"a/b""#),
        (#""unix":1795230855"#, #""unix":99999999999999"#), (#""touch":"none""#, #""touch":"all""#),
        (#""purpose":"run""#, #""purpose":"any""#),
        (#""format":"exhibit-bundle","version":1"#, #""version":1,"format":"exhibit-bundle""#),
    ])
    func hostileRecordsAreRefused(part: String, replacement: String) throws {
        let text = String(decoding: try record().encoded(), as: UTF8.self)
        let changed = text.replacing(part, with: replacement)
        #expect(changed != text)
        #expect(throws: FormatError.self) { try OpeningRecord(decoding: Array(changed.utf8)[...]) }
    }

    @Test func bagInfoIsCleanAndOrdered() throws {
        let info = BagInfo(opening: try record(), payloadBytes: 12, payloadFiles: 3, bagged: 0)
        let text = String(decoding: info.encoded(), as: UTF8.self)
        #expect(
            text == """
                Contact-Name: Ann  Lee
                External-Description: why not
                Internal-Sender-Identifier: C-1
                Bag-Software-Agent: exhibit 0.1.0
                Bagging-Date: 1970-01-01
                Bag-Group-Identifier: 00112233445566778899aabbccddeeff
                Payload-Oxum: 12.3

                """)
        #expect(try BagInfo(decoding: info.encoded()[...]) == info)
    }

    @Test func folderNamesFit() throws {
        for source in ["a b", "", "..", String(repeating: "é", count: 100), String(repeating: "x", count: 129) + ".d"] {
            let folder = FolderName(source: source)
            #expect(try FolderName(folder.rawValue) == folder)
        }
    }
}
