import CollectorSteps
import TestSupport
import Testing

/// The lines of a runtime's log file, read as a kubelet reads them.
struct ContainerLogDecoderTests {
    /// What becomes of a file that comes in pieces of `size` bytes; nil when it is of another format.
    private static func decode(
        _ file: [UInt8], size: Int = .max, timestamps: Bool = true
    ) -> (text: [UInt8], others: Int, hasBegun: Bool)? {
        var decoder = ContainerLogDecoder(timestamps: timestamps)
        var text: [UInt8] = []
        var start = 0
        while start < file.count {
            let end = min(
                file.count, start.addingReportingOverflow(size).partialValue < start ? file.count : start + size)
            guard decoder.decode(file[start..<end], into: &text) else { return nil }
            start = end
        }
        return (text, decoder.otherLines, decoder.hasBegun)
    }

    /// The same files as below, and what the kubelet's own reader (k8s.io/cri-client pkg/logs of Kubernetes 1.36, run on them once)
    /// made of them, with time stamps.
    static let cases: [(file: String, text: String, others: Int)] = [
        // containerd and CRI-O; the latter writes an offset.
        ("2026-11-29T16:48:43.364844776Z stdout F one\n", "2026-11-29T16:48:43.364844776Z one\n", 0),
        ("2026-11-29T16:48:43.364844776+00:00 stderr F one\n", "2026-11-29T16:48:43.364844776Z one\n", 0),
        ("2026-11-29T16:48:43.364844776-07:30 stderr F one\n", "2026-11-29T16:48:43.364844776-07:30 one\n", 0),
        // Digits of the second.
        ("2026-11-29T16:48:43Z stdout F one\n", "2026-11-29T16:48:43.000000000Z one\n", 0),
        ("2026-11-29T16:48:43.36488101Z stdout F one\n", "2026-11-29T16:48:43.364881010Z one\n", 0),
        ("2026-11-29T16:48:43.3648810123456Z stdout F one\n", "2026-11-29T16:48:43.364881012Z one\n", 0),
        // Nothing, spaces, what a terminal would obey, and bytes that are no text are content.
        ("2026-11-29T16:48:43.1Z stdout F \n", "2026-11-29T16:48:43.100000000Z \n", 0),
        ("2026-11-29T16:48:43.1Z stdout F   a \r\n", "2026-11-29T16:48:43.100000000Z   a \r\n", 0),
        ("2026-11-29T16:48:43.1Z stdout F \u{1B}[31m\0\n", "2026-11-29T16:48:43.100000000Z \u{1B}[31m\0\n", 0),
        // Pieces: the time is that of the first; whichever stream they are of, as the kubelet does not tell them apart.
        (
            "2026-11-29T16:48:43.1Z stdout P one \n2026-11-29T16:48:43.2Z stdout P two \n2026-11-29T16:48:43.3Z stdout F three\n",
            "2026-11-29T16:48:43.100000000Z one two three\n", 0
        ),
        (
            "2026-11-29T16:48:43.1Z stdout P out \n2026-11-29T16:48:43.2Z stderr F err\n2026-11-29T16:48:43.3Z stdout F end\n",
            "2026-11-29T16:48:43.100000000Z out err\n2026-11-29T16:48:43.300000000Z end\n", 0
        ),
        // After an empty piece a line begins, for the kubelet.
        (
            "2026-11-29T16:48:43.1Z stdout P \n2026-11-29T16:48:43.2Z stdout F two\n",
            "2026-11-29T16:48:43.100000000Z 2026-11-29T16:48:43.200000000Z two\n", 0
        ),
        // More tags, and one that is unknown.
        ("2026-11-29T16:48:43.1Z stdout P:X a\n", "2026-11-29T16:48:43.100000000Z a", 0),
        ("2026-11-29T16:48:43.1Z stdout F:X a\n", "2026-11-29T16:48:43.100000000Z a\n", 0),
        ("2026-11-29T16:48:43.1Z stdout PX a\n", "2026-11-29T16:48:43.100000000Z a\n", 0),
        // The end of a file that is being written.
        ("2026-11-29T16:48:43.1Z stdout F a\n2026-11-29T16:4", "2026-11-29T16:48:43.100000000Z a\n", 0),
        ("2026-11-29T16:48:43.1Z stdout F a\n2026-11-29T16:48:43.2Z stdout ", "2026-11-29T16:48:43.100000000Z a\n", 0),
        (
            "2026-11-29T16:48:43.1Z stdout F a\n2026-11-29T16:48:43.2Z stdout F b",
            "2026-11-29T16:48:43.100000000Z a\n2026-11-29T16:48:43.200000000Z b", 0
        ),
        // Lines that no runtime wrote, between those it did.
        (
            "2026-11-29T16:48:43.1Z stdout F a\n\0\0\0\0\n\n2026-11-29T16:48:43.2Z stdin F b\n2026-13-29T16:48:43.2Z stdout F c\n2026-11-29T16:48:43.3Z stdout F d\n",
            "2026-11-29T16:48:43.100000000Z a\n2026-11-29T16:48:43.300000000Z d\n", 4
        ),
    ]

    @Test(arguments: cases.indices)
    func aFileIsReadAsTheKubeletReadsIt(_ index: Int) throws {
        let (file, text, others) = Self.cases[index]
        let bytes = Array(file.utf8)
        for size in Array(1...min(bytes.count, 64)) + [bytes.count] {
            let found = try #require(Self.decode(bytes, size: size), "in pieces of \(size)")
            #expect(String(decoding: found.text, as: UTF8.self) == text, "in pieces of \(size)")
            #expect(found.others == others && found.hasBegun)
        }
    }

    @Test(arguments: [
        // What Docker writes, another program's log, a page of a proxy, a password file, a line without an end of a header.
        #"{"log":"one\n","stream":"stdout","time":"2026-11-29T16:48:43.364844776Z"}"# + "\n",
        "2026/11/29 16:48:43 [error] 1#1: it failed\n", "<!doctype html>\n<pre>\n", "root:*:19000:0:99999:7:::\n", "\n",
        "2026-11-29T16:48:43.1Z stdout F\n2026-11-29T16:48:43.2Z stdout F b\n",
        "2026-11-29T16:48:43.1Z " + String(repeating: "x", count: 300), "2026-11-29 16:48:43Z stdout F a\n",
        "2026-11-29T24:48:43.1Z stdout F a\n", "2026-11-29T16:48:43. stdout F a\n",
        "2026-11-29T16:48:43.1 stdout F a\n",
        "2026-11-29T16:48:43.1+0700 stdout F a\n", "2026-11-29T16:48:43.1Z  stdout F a\n",
    ])
    func ofAnotherFormatNothingIsTaken(_ file: String) {
        let bytes = Array(file.utf8)
        for size in [1, 2, 7, bytes.count] { #expect(Self.decode(bytes, size: size) == nil, "in pieces of \(size)") }
    }

    @Test(arguments: ["", "garbage", "2026-11-29T16:48:43.1Z stdout"])
    func whatNeverBecomesALineHasNotBegun(_ file: String) throws {
        let found = try #require(Self.decode(Array(file.utf8)))
        #expect(!found.hasBegun && found.text.isEmpty && found.others == 0)
    }

    @Test
    func withoutTimesOnlyTheContentIsLeft() throws {
        let file = "2026-11-29T16:48:43.1Z stdout P one \n2026-11-29T16:48:43.2Z stdout F two\n"
        let found = try #require(Self.decode(Array(file.utf8), timestamps: false))
        #expect(String(decoding: found.text, as: UTF8.self) == "one two\n")
    }

    /// A reading of its own, line by line, of whole files.
    private static func model(_ file: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        var isNewLine = true
        for line in file.split(separator: 0x0A, omittingEmptySubsequences: false) where !line.isEmpty {
            let parts = line.split(separator: 0x20, maxSplits: 3, omittingEmptySubsequences: false)
            guard parts.count == 4 else { continue }
            if isNewLine { text += parts[0] + [0x20] }
            text += parts[3]
            let isPiece = parts[2].first == 0x50
            if !isPiece { text.append(0x0A) }
            isNewLine = !isPiece || parts[3].isEmpty
        }
        return text
    }

    @Test
    func howItIsCutMakesNoDifference() throws {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<500 {
            var file: [UInt8] = []
            for _ in 0..<Int.random(in: 1...12, using: &generator) {
                let stream = ["stdout", "stderr"].randomElement(using: &generator) ?? ""
                let tags = ["F", "P", "F:a", "P:b"].randomElement(using: &generator) ?? ""
                file += "2026-11-29T16:48:43.364844776Z \(stream) \(tags) ".utf8
                let length = Int.random(in: 0...(Bool.random(using: &generator) ? 8 : 400), using: &generator)
                file += (0..<length).map { _ in
                    let byte = UInt8.random(in: 0...255, using: &generator)
                    return byte == 0x0A ? 0x20 : byte
                }
                file.append(0x0A)
            }
            let expected = Self.model(file)
            let size = Int.random(in: 1...600, using: &generator)
            let found = try #require(Self.decode(file, size: size))
            #expect(found.text == expected && found.others == 0, "in pieces of \(size)")
        }
    }

    @Test
    func anEndlessLineIsPassedOnAsItComes() throws {
        var decoder = ContainerLogDecoder(timestamps: true)
        var text: [UInt8] = []
        #expect(decoder.decode(Array("2026-11-29T16:48:43.364844776Z stdout F ".utf8)[...], into: &text))
        let chunk = [UInt8](repeating: 0x61, count: 64 << 10)
        for _ in 0..<64 {
            text.removeAll(keepingCapacity: true)
            #expect(decoder.decode(chunk[...], into: &text))
            #expect(text.count == chunk.count)
        }
    }
}
