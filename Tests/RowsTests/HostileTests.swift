import Foundation
import Rows
import TestSupport
import Testing

/// What holds of every format, whatever the bytes.
struct HostileTests {
    static let tables: [TableDefinition] = [
        table(
            .json(rows: ["*"]), [TableColumn("a", .integer, .path(["a"], up: 0)), TableColumn("k", .text, .part(.key))]),
        table(
            .jsonLines(rows: []), [TableColumn("a", .json, .path(["a"], up: 0)), TableColumn("t", .text, .part(.text))]),
        table(.csv(separator: 0x2C, headings: 1), [TableColumn("a", .text, .heading("a"))]),
        table(.csv(separator: 0x3B, headings: 0), fieldColumns(3)),
        table(.tsv(escapes: true, headings: 1, leastFields: 1), [TableColumn("a", .real, .heading("a"))]),
        table(
            .fields(headings: 1, leastFields: 2),
            [
                TableColumn("x", .text, .field(-1, toEnd: true), notation: .address),
                TableColumn("s", .text, .part(.section)),
            ],
            sections: TableSections(headings: ["a*"], wanted: ["*b*", "?"]), ignored: ["*:*?"]),
        table(
            .fields(headings: 0, leastFields: 0),
            [
                TableColumn("i", .integer, .field(1, toEnd: true), notation: .inode),
                TableColumn("s", .text, .part(.section)),
            ],
            sections: TableSections(headings: ["a*"], after: "b", before: ":")),
        table(
            .keyValue(separator: Array(":".utf8), row: .output),
            [
                TableColumn("a", .text, .key("a")), TableColumn("n", .integer, .above("b*")),
                TableColumn("m", .text, .above("b*1")), TableColumn("s", .text, .part(.section)),
            ],
            sections: TableSections(headings: ["=*"])),
        table(.keyValue(separator: Array("::".utf8), row: .output), [TableColumn("a", .boolean, .key("a"))]),
        table(
            .keyValue(separator: Array("=".utf8), row: .line(between: Array(", ".utf8))),
            [TableColumn("a", .text, .key("a"))]),
        table(.keyValue(separator: Array(":".utf8), row: .pair), [TableColumn("k", .time(.rfc3339), .part(.value))]),
        table(
            .prometheus(openMetrics: true, metrics: []),
            [
                TableColumn("m", .text, .part(.metric)), TableColumn("l", .json, .part(.labels)),
                TableColumn("a", .text, .label("a")),
            ]),
    ]

    @Test(arguments: tables)
    func piecesDoNotMatter(table: TableDefinition) throws {
        var generator = SeededGenerator(seed: 11)
        let alphabet = Array("ab\"\\{}[],:=# \n\r\tN1.-;é\0".utf8)
        for round in 0..<1_500 {
            let bytes = round % 3 == 0 ? generator.bytes(generator.next(200)) : generator.text(alphabet, upTo: 200)
            let whole = try read(table, bytes)
            let parts = try read(table, bytes, step: 1 + generator.next(9))
            #expect(whole == parts, "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
            #expect(whole.rows.allSatisfy { $0.count == table.columns.count })
            #expect(whole.tally.rows == whole.rows.count)
            let cut = try read(table, bytes, isCut: true)
            #expect(cut.rows.count <= whole.rows.count && cut.tally.cut <= 1)
        }
    }

    /// A line that never ends, quotes that never close, one that has a million fields.
    @Test(arguments: tables)
    func memoryIsBounded(table: TableDefinition) throws {
        let limits = ReadLimits(rowBytes: 4_096, documentBytes: 65_536, fields: 100)
        for unit in ["x", "\"", "a,", "\t", " a", "[", "{\"a\":", "a=b, ", "a{a=\"", "a\n\"\n"] {
            var reader = TableReader(table, limits: limits)
            let chunk = Array(String(repeating: unit, count: 65_536 / unit.utf8.count).utf8)
            let before = residentKiB()
            var rows = 0
            for _ in 0..<128 { try reader.push(chunk[...]) { _ in rows += 1 } }
            try reader.finish { _ in rows += 1 }
            #expect(reader.tally.rows == rows)
            #expect(residentKiB() - before < 6 << 10, "\(unit)")
        }
    }

    @Test
    func whatTheTakerThrowsIsThrownOn() throws {
        struct Enough: Error {}
        for table in Self.tables where table.format.name != "prometheus" {
            var reader = TableReader(table)
            let text = Array("a\nb a ::1\n[{\"a\":1}]\na::1\na=1, b\na:1\n".utf8)
            var isThrown = false
            do {
                try reader.push(text[...]) { _ in throw Enough() }
                try reader.finish { _ in throw Enough() }
            } catch is Enough {
                isThrown = true
            }
            #expect(isThrown || reader.tally.rows == 0)
        }
    }

    private func residentKiB() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { Int($0.split(separator: " ")[1]) } ?? 0
    }
}
