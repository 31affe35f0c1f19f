import Foundation
import Rows
import TestSupport
import Testing

struct TabTests {
    private static let plain = table(.tsv(escapes: true, headings: 0, leastFields: 0), fieldColumns(4))

    @Test
    func escapesAreThoseOfPostgreSQLAndClickHouse() throws {
        let text = #"a\tb"# + "\t" + #"\N"# + "\t" + #"\\N"# + "\t" + #"\b\f\n\r\v\0\'\x"# + "\n"
        #expect(try read(Self.plain, text).words == [["a\tb", nil, "\\N", "\u{8}\u{C}\n\r\u{B}\0'x"]])
        let raw = table(.tsv(escapes: false, headings: 0, leastFields: 0), fieldColumns(2))
        #expect(try read(raw, #"C:\new"# + "\t" + #"\N"# + "\r\n").words == [["C:\\new", "\\N"]])
    }

    @Test
    func linesWithTooFewFieldsAreSaid() throws {
        let least = table(
            .tsv(escapes: false, headings: 0, leastFields: 3),
            [
                TableColumn("first", .integer, .field(1, toEnd: false)),
                TableColumn("rest", .text, .field(3, toEnd: true)),
            ])
        let result = try read(least, "1\tx\ta\tb\n2\tx\n\n3\tx\tc")
        #expect(result.words == [["1", "a\tb"], ["3", "c"]])
        #expect(result.tally.unread == 1 && result.tally.problems.first?.line == 2)
    }

    @Test
    func clickHousesTwoHeadingsAreRead() throws {
        let columns = [TableColumn("name", .text, .heading("name")), TableColumn("n", .integer, .heading("n"))]
        let text = "n\tname\nUInt64\tString\n7\tx\\ny\n"
        #expect(
            try read(table(.tsv(escapes: true, headings: 2, leastFields: 0), columns), text).words == [["x\ny", "7"]])
    }

    /// What is written as COPY … TO writes it, is read back, whatever it is.
    @Test
    func whatIsWrittenIsReadBack() throws {
        var generator = SeededGenerator(seed: 5)
        let alphabet = Array("\\Nnt\t\n\r\u{8}\u{C}\u{B}a é".utf8)
        func field(_ text: String?) -> String {
            guard let text else { return "\\N" }
            return text.unicodeScalars.map { scalar in
                switch scalar {
                case "\\": "\\\\"
                case "\t": "\\t"
                case "\n": "\\n"
                case "\r": "\\r"
                case "\u{8}": "\\b"
                case "\u{C}": "\\f"
                case "\u{B}": "\\v"
                default: String(scalar)
                }
            }.joined()
        }
        let rows: [[String?]] = (0..<2_000).map { _ in
            (0..<4).map { _ in
                generator.next(5) == 0 ? nil : String(decoding: generator.text(alphabet, upTo: 12), as: UTF8.self)
            }
        }
        let text = rows.map { $0.map(field).joined(separator: "\t") + "\n" }.joined()
        for step in [1, 7, 4_096] {
            let result = try read(Self.plain, Array(text.utf8), step: step)
            #expect(result.words == rows)
            #expect(result.tally.unread == 0)
        }
    }
}
