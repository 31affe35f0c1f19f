import CollectorSteps
import TestSupport
import Testing

/// How one command's output becomes several files.
struct OutputSplitterTests {
    /// What each file gets, fed in pieces of `size` bytes.
    private static func split(_ text: String, _ names: [String], size: Int) -> [String: String] {
        var splitter = OutputSplitter(names: names)
        var name = ""
        var files: [String: [UInt8]] = [:]
        func put(_ pieces: [OutputSplitter.Piece]) {
            for piece in pieces {
                switch piece {
                case .begin(let next): name = next
                case .bytes(let bytes): files[name, default: []] += bytes
                }
            }
        }
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            put(splitter.take(bytes[start..<min(start + size, bytes.count)]))
        }
        put(splitter.rest())
        return files.mapValues { String(decoding: $0, as: UTF8.self) }
    }

    private static let names = ["activity.csv", "locks.csv", "a"]

    @Test(arguments: [
        ("only the first", ["": "only the first"]),
        ("one\n\0activity.csv\ntwo\n", ["": "one\n", "activity.csv": "two\n"]),
        ("\0activity.csv\n\0locks.csv\nx", ["locks.csv": "x"]),
        // A NUL that begins no name is content: another name, one cut short, one of another folder, one that is longer.
        ("x\0other.csv\ny", ["": "x\0other.csv\ny"]), ("x\0activity.cs", ["": "x\0activity.cs"]),
        ("x\0../activity.csv\ny", ["": "x\0../activity.csv\ny"]), ("\0", ["": "\0"]),
        ("x\0activity.csv.more\ny", ["": "x\0activity.csv.more\ny"]),
        ("\0\0\0activity.csv\ny", ["": "\0\0", "activity.csv": "y"]),
        ("\0activity.csv\0a\nz", ["": "\0activity.csv", "a": "z"]),
        // Never back to one that was written.
        ("\0locks.csv\n1\0activity.csv\n2\0locks.csv\n3", ["locks.csv": "1\0activity.csv\n2\0locks.csv\n3"]),
        ("\0a\n1\0locks.csv\n2", ["a": "1\0locks.csv\n2"]),
    ])
    func theFilesAreTheSameHoweverTheOutputComes(_ text: String, _ expected: [String: String]) {
        for size in 1...max(1, text.utf8.count) {
            #expect(Self.split(text, Self.names, size: size) == expected, "in pieces of \(size)")
        }
    }

    @Test
    func withoutNamesNothingIsCut() {
        #expect(Self.split("a\0a\nb", [], size: 2) == ["": "a\0a\nb"])
    }

    @Test
    func noByteIsLostOrMade() {
        var generator = SeededGenerator(seed: 7)
        let parts = ["\0", "a", "\n", "locks.csv", "activity.csv", "\0a\n", "\0locks.csv\n", "\0activity.csv\n", "x"]
        for _ in 0..<2_000 {
            let text = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                parts.randomElement(using: &generator) ?? ""
            }.joined()
            let files = Self.split(text, Self.names, size: Int.random(in: 1...9, using: &generator))
            // In the order of the names, each behind its mark unless nothing came of it: that is the text again.
            let whole = Self.split(text, Self.names, size: 1 << 20)
            #expect(files == whole)
            let marks = text.utf8.count - whole.values.reduce(0) { $0 + $1.utf8.count }
            #expect(marks >= 0 && marks <= "\0activity.csv\n\0locks.csv\n\0a\n".utf8.count)
        }
    }

    @Test
    func endlessNULsAreHeldBackByNoMoreThanAName() {
        var splitter = OutputSplitter(names: Self.names)
        var written = 0
        for _ in 0..<100 {
            for case .bytes(let bytes) in splitter.take([UInt8](repeating: 0, count: 32 << 10)[...]) {
                written += bytes.count
            }
        }
        #expect(written >= 100 * (32 << 10) - 14)
    }
}
