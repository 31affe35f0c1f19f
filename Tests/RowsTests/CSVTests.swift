import Foundation
import Rows
import TestSupport
import Testing

struct CSVTests {
    private static let plain = table(.csv(separator: 0x2C, headings: 0), fieldColumns(3))

    /// Source: RFC 4180, section 2.
    @Test(arguments: [
        ("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n", [["aaa", "bbb", "ccc"], ["zzz", "yyy", "xxx"]]),
        ("aaa,bbb,ccc\r\nzzz,yyy,xxx", [["aaa", "bbb", "ccc"], ["zzz", "yyy", "xxx"]]),
        ("\"aaa\",\"b\r\nbb\",\"ccc\"\r\nzzz,yyy,xxx", [["aaa", "b\r\nbb", "ccc"], ["zzz", "yyy", "xxx"]]),
        ("\"aaa\",\"b\"\"bb\",\"ccc\"", [["aaa", "b\"bb", "ccc"]]),
        ("\u{FEFF}a,b,c\n", [["a", "b", "c"]]),
    ])
    func whatTheRFCSays(text: String, rows: [[String]]) throws {
        let result = try read(Self.plain, text)
        #expect(result.words == rows.map { $0.map { $0 } })
        #expect(result.tally.unread == 0)
    }

    @Test
    func headingsNameColumns() throws {
        let columns = [
            TableColumn("b", .integer, .heading("b")), TableColumn("a", .text, .heading("a")),
            TableColumn("z", .text, .heading("not there")),
        ]
        // As psql writes it for several databases: the heading comes again, null is nothing, "" is a text.
        let text = "a,b\nx,1\n\"\",2\n,3\na,b\ny,no number\nz\n"
        let result = try read(table(.csv(separator: 0x2C, headings: 1), columns), text)
        #expect(result.words == [["1", "x", nil], ["2", "", nil], ["3", nil, nil], [nil, "y", nil]])
        #expect(result.lines == [2, 3, 4, 6])
        #expect(result.tally.unread == 1 && result.tally.unreadCells == 1)
        #expect(result.tally.absentHeadings == ["not there"])
        #expect(result.tally.problems.map(\.line) == [6, 7])
        #expect(result.tally.problems.last?.message.contains("1 fields, and the heading has 2") == true)
    }

    @Test
    func whatIsCutOffIsNoRow() throws {
        let whole = try read(Self.plain, "a,b,c\n\"d,e")
        #expect(whole.rows.count == 1 && whole.tally.unread == 1 && whole.tally.cut == 0)
        let cut = try read(Self.plain, "a,b,c\nd,e", isCut: true)
        #expect(cut.rows.count == 1 && cut.tally.unread == 0 && cut.tally.cut == 1)
    }

    /// Of a table with one column an empty line is a row with null: so psql writes it.
    @Test
    func anEmptyLineOfOneColumnIsNull() throws {
        let one = table(.csv(separator: 0x2C, headings: 1), [TableColumn("a", .text, .heading("a"))])
        #expect(try read(one, "a\nx\n\ny\n").words == [["x"], [nil], ["y"]])
        #expect(try read(Self.plain, "a,b,c\n\nd,e,f\n").rows.count == 2)
    }

    /// Whatever the bytes, in whatever pieces: what Python's csv makes of them, but for what ends inside of quotes.
    @Test(.enabled(if: hasPython("csv"), "there is no python3"))
    func pythonReadsTheSame() throws {
        var generator = SeededGenerator(seed: 41)
        let alphabet = Array("ab\"\",,\n\r é".utf8)
        let script = """
            import csv, io, json, sys
            for line in sys.stdin.buffer:
                text = json.loads(line)
                rows = [r for r in csv.reader(io.StringIO(text, newline="")) if r]
                print(json.dumps(rows))
            """
        var texts: [String] = []
        while texts.count < 4_000 {
            let bytes = generator.text(alphabet, upTo: 40)
            guard let text = String(validating: bytes, as: UTF8.self) else { continue }
            // Python's rows of what ends inside of quotes are a guess.
            texts.append(text)
        }
        let input = Data(
            try texts.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) + "\n" }.joined().utf8)
        let output = try #require(try python(script, input: input)).split(separator: "\n")
        #expect(output.count == texts.count)
        var compared = 0
        let wide = table(.csv(separator: 0x2C, headings: 0), fieldColumns(60))
        for (text, line) in zip(texts, output) {
            var rows = try JSONDecoder().decode([[String]].self, from: Data(line.utf8))
            let result = try read(wide, Array(text.utf8), step: 1 + compared % 7)
            if result.tally.unread == 1 { rows.removeLast() }
            let ours = result.words.map { row in row.map { $0 ?? "" } }
            // Columns beyond the fields are null, here nothing.
            let padded = rows.map { $0 + Array(repeating: "", count: 60 - $0.count) }
            #expect(ours == padded, "\(text.debugDescription)")
            compared += result.rows.count
        }
        #expect(compared > 3_000)
    }
}
