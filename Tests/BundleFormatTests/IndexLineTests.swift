import BundleFormat
import Cryptography
import TestSupport
import Testing

@Suite struct IndexLineTests {
    private let line = IndexLine(
        path: EntryPath(sourceComponents: [Array("data".utf8), Array("a b".utf8)]), media: "text/plain",
        segmentation: .lines, attempt: 3, segments: 2, root: SHA256.digest(of: "r"), sha256: SHA256.digest(of: "c"),
        size: 1_234, offset: 512)

    @Test func aLineComesBackAsItWas() throws {
        let bytes = line.encoded()
        #expect(bytes.last == 0x0A)
        #expect(try IndexLine(decoding: bytes.dropLast()) == line)
        #expect(
            line.metadata.starts(
                with: #"{"path":"data/a=20b","media":"text/plain","segments":"lines","attempt":3}"#.utf8))
    }

    @Test func metadataAndContentMakeTheLine() throws {
        let content = Array(String(repeating: "a line of text\n", count: 400).utf8)
        for segmentation in Segmentation.allCases {
            let digest = try Samples.contentDigest(content, path: line.path, segmentation: segmentation)
            let lines = try Samples.contentDigest(content, path: line.path, segmentation: .lines)
            var whole = line
            whole.segmentation = segmentation
            (whole.segments, whole.root, whole.sha256, whole.size) =
                (digest.segments, digest.root, digest.sha256, digest.size)
            let joined = try IndexLine(metadata: whole.metadata[...], offset: 512) {
                $0 == .lines ? lines : lines.asWhole(path: line.path, salts: Samples.salts)
            }
            #expect(joined == whole)
            for bytes in [whole.metadata.dropLast(), whole.metadata[...] + [0x7D], whole.encoded().dropLast()] {
                #expect(throws: FormatError.self) { try IndexLine(metadata: bytes, offset: 512) { _ in lines } }
            }
        }
    }

    @Test func mediaTypesThatDoNotFitAreDropped() {
        for media in ["text/plain; charset=utf-8", "", "a\"b", "é", String(repeating: "a", count: 300)] {
            let other = IndexLine(
                path: line.path, media: media, segmentation: .whole, attempt: 1, segments: 1, root: .zero,
                sha256: .zero,
                size: 0, offset: 0)
            #expect(other.media == "application/octet-stream")
        }
    }

    @Test(arguments: [
        (#""size":1234"#, #""size":01234"#), (#""size":1234"#, #""size":-1"#), (#""size":1234"#, #""size":1234.0"#),
        (#""size":1234"#, #""size":99999999999999999999"#), (#""size":1234"#, #""size": 1234"#),
        (#""size":1234"#, #""size":72057594037927937"#), (#""segments":"lines""#, #""segments":"Lines""#),
        (#""count":2"#, #""count":0"#), (#""count":2"#, #""count":4294967297"#), (#"lines"#, #"whole"#),
        (#"data/a=20b"#, #"data/../b"#), (#"data/a=20b"#, #"/data/a"#), (#"text/plain"#, #"text\/plain"#),
        (#"text/plain"#, #""#), (#""offset":512}"#, #""offset":512,"x":1}"#), (#""offset":512}"#, #""offset":512} "#),
        (#""media":"text/plain","segments":"lines""#, #""segments":"lines","media":"text/plain""#),
        (#""offset":512}"#, #""offset":9223372036854775808}"#), (#""attempt":3"#, #""attempt":3,"attempt":3"#),
    ])
    func hostileLinesAreRefused(part: String, replacement: String) {
        let text = String(decoding: line.encoded().dropLast(), as: UTF8.self)
        let changed = text.replacing(part, with: replacement)
        #expect(changed != text)
        #expect(throws: FormatError.self) { try IndexLine(decoding: Array(changed.utf8)[...]) }
    }

    @Test func noChangedByteIsOverlooked() {
        let bytes = Array(line.encoded().dropLast())
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<4_000 {
            var changed = bytes
            changed[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            // Either it is refused, or it is another line, or nothing was changed.
            guard let decoded = try? IndexLine(decoding: changed[...]) else { continue }
            #expect(decoded.encoded().dropLast() == changed[...])
            #expect((decoded == line) == (changed == bytes))
        }
    }

    @Test func cutLinesAreRefused() {
        let bytes = line.encoded().dropLast()
        for count in 0..<bytes.count {
            #expect(throws: FormatError.self) { try IndexLine(decoding: bytes.prefix(count)) }
        }
    }
}
