import Inspection
import Patterns
import Synchronization
import Testing

/// Lines of a file, however it comes in pieces.
struct GrepVisitorTests {
    private final class Found: GrepReport {
        let lines = Mutex<[String]>([])
        let result = Mutex<GrepResult?>(nil)

        func line(_ line: GrepLine) throws {
            let mark = line.isSelected ? ":" : "-"
            let gap = line.followsGap ? "--" : ""
            lines.withLock {
                $0.append("\(gap)\(line.number)\(mark)\(String(decoding: line.text.prefix(20), as: UTF8.self))")
            }
        }

        func end(_ result: GrepResult) throws { self.result.withLock { $0 = result } }
    }

    private static func search(
        _ pattern: String, _ text: [UInt8], pieces: Int, _ options: GrepOptions
    ) throws -> ([String], GrepResult) {
        let found = Found()
        let visitor = GrepVisitor(try LinePattern([Array(pattern.utf8)]), options, found)
        do {
            var rest = text[...]
            while !rest.isEmpty {
                try visitor.take(rest.prefix(pieces))
                rest = rest.dropFirst(pieces)
            }
            try visitor.end(nil)
        } catch is EnoughOfFile {
        }
        return (found.lines.withLock { $0 }, try #require(found.result.withLock { $0 }))
    }

    @Test
    func piecesMakeNoDifference() throws {
        let text = Array((1...60).map { $0 % 7 == 0 ? "hit \($0)" : "line \($0)" }.joined(separator: "\n").utf8)
        for (before, after, isInverted) in [(0, 0, false), (2, 0, false), (0, 2, false), (3, 4, false), (1, 1, true)] {
            var options = GrepOptions()
            options.hasNumbers = true
            (options.before, options.after, options.isInverted) = (before, after, isInverted)
            let whole = try Self.search("hit", text, pieces: text.count, options)
            #expect(!whole.0.isEmpty)
            for pieces in [1, 3, 10, 64, 100] {
                let found = try Self.search("hit", text, pieces: pieces, options)
                #expect(found.0 == whole.0 && found.1 == whole.1, "pieces of \(pieces)")
            }
        }
    }

    @Test
    func theLastLineMayMatchAndHaveNoLineFeed() throws {
        var options = GrepOptions()
        options.isInverted = true
        #expect(try Self.search("hit", Array("hit".utf8), pieces: 8, options).0 == [])
        #expect(try Self.search("hit", Array("line\nhit".utf8), pieces: 8, options).0.count == 1)
    }

    @Test
    func anEndlessLineIsSearchedInPiecesAndSaid() throws {
        var text = [UInt8](repeating: UInt8(ascii: "x"), count: 5 << 20)
        text.replaceSubrange((3 << 20) + 5..<(3 << 20) + 8, with: Array("hit".utf8))
        text += Array("\nhit\n".utf8)
        var options = GrepOptions()
        options.hasNumbers = true
        let (lines, result) = try Self.search("hit", text, pieces: 1 << 18, options)
        #expect(lines == ["1:xxxxxhitxxxxxxxxxxxx", "2:hit"])
        #expect(result.longLines == 1 && result.selected == 2 && !result.isWhole)
    }

    @Test
    func linesOfBinaryFilesAreNotShown() throws {
        let text: [UInt8] = [0x00, 0x0A] + Array("hit\nhit\n".utf8)
        var options = GrepOptions()
        let (lines, result) = try Self.search("hit", text, pieces: 100, options)
        #expect(lines == [] && result.isBinary && result.selected == 1)
        options.isText = true
        #expect(try Self.search("hit", text, pieces: 100, options).0 == ["0:hit", "0:hit"])
    }
}
