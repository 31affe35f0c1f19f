@testable import Rows

extension FuzzTarget {
    /// The first byte chooses a table, the second the pieces in which the file comes.
    static let rows = FuzzTarget("rows") {
        [
            ("json", [0, 3] + Array(#"{"a":{"a":1,"x":[1,"é"]},"b":{"a":"no"}}"#.utf8)),
            ("json-lines", [1, 1] + Array("{\"a\":[1,{}]}\n\n{\"a\":null}\n{".utf8)),
            ("csv", [2, 0] + Array("a,b\r\n\"x,\"\"y\"\"\n\",2\n,\n".utf8)),
            ("fields-of-csv", [3, 9] + Array("1;2;3\n\"a;b\";;c\n".utf8)),
            ("tsv", [4, 2] + Array("a\tb\n1.5\t\\N\n-3e5\tx\\ty\\\\\n".utf8)),
            ("fields", [5, 7] + Array("a b\n 0100007F:1F90  0A\nc:d\n x y\n".utf8)),
            ("key-value", [6, 5] + Array("a::yes\n\na:: no\n".utf8)),
            ("pairs-of-a-line", [7, 1] + Array("a=1, b=\"x, y\"\na=2\n".utf8)),
            ("pairs", [8, 4] + Array("k: 2026-01-01T00:00:00Z\nj:x\n".utf8)),
            (
                "metrics",
                [9, 6]
                    + Array(
                        "# TYPE a counter\na_total{a=\"x\\n\\\"\",b=\"é\"} 1.5e3 1700000000.5 # {t=\"1\"} 1\n# EOF\n"
                            .utf8)
            ),
        ]
    } run: { input in
        var recipe = Recipe(input)
        let table = tables[recipe.number(below: tables.count)]
        let step = Int(recipe.byte()) + 1
        let text = recipe.remainder()
        let whole = try Table(table, text, step: max(1, text.count))
        let parts = try Table(table, text, step: step)
        require(whole == parts, "rows are the same in whatever pieces a file comes")
        require(whole.rows.allSatisfy { $0.count == table.columns.count }, "a row has a cell for each column")
        require(whole.tally.rows == whole.rows.count, "each row is counted")
        let cut = try Table(table, text, step: step, isCut: true)
        require(cut.rows.count <= whole.rows.count && cut.tally.cut <= 1, "a cut file has no more rows")
    }

    private static let tables: [TableDefinition] = [
        table(
            .json(rows: ["*"]), [TableColumn("a", .integer, .path(["a"], up: 0)), TableColumn("k", .text, .part(.key))]),
        table(
            .jsonLines(rows: []),
            [TableColumn("a", .json, .path(["a"], up: 0)), TableColumn("t", .text, .part(.text))]),
        table(.csv(separator: 0x2C, headings: 1), [TableColumn("a", .text, .heading("a"))]),
        table(
            .csv(separator: 0x3B, headings: 0),
            [TableColumn("x", .text, .field(1, toEnd: false)), TableColumn("y", .real, .field(-1, toEnd: false))]),
        table(.tsv(escapes: true, headings: 1, leastFields: 1), [TableColumn("a", .real, .heading("a"))]),
        table(
            .fields(headings: 1, leastFields: 2),
            [
                TableColumn("x", .text, .field(-1, toEnd: true), notation: .address),
                TableColumn("s", .text, .part(.section)),
            ],
            sections: TableSections(headings: ["a*"], wanted: ["*b*", "?"]), ignored: ["*:*?"]),
        table(.keyValue(separator: Array("::".utf8), row: .output), [TableColumn("a", .boolean, .key("a"))]),
        table(
            .keyValue(separator: Array("=".utf8), row: .line(between: Array(", ".utf8))),
            [TableColumn("a", .text, .key("a"))]),
        table(
            .keyValue(separator: Array(":".utf8), row: .pair), [TableColumn("k", .time(.rfc3339), .part(.value))]),
        table(
            .prometheus(openMetrics: true, metrics: []),
            [
                TableColumn("m", .text, .part(.metric)), TableColumn("l", .json, .part(.labels)),
                TableColumn("a", .text, .label("a")),
            ]),
        table(.prometheus(openMetrics: false, metrics: ["a*"]), [TableColumn("v", .real, .part(.value))]),
    ]

    private static func table(
        _ format: TableFormat, _ columns: [TableColumn], sections: TableSections? = nil, ignored: [String] = []
    ) -> TableDefinition {
        TableDefinition(
            name: "t", from: "t.txt", format: format, columns: columns, sections: sections, ignored: ignored)
    }
}

/// What a table makes of a file.
private struct Table: Equatable {
    var rows: [[RowValue]] = []
    var lines: [Int] = []
    var tally = TableTally()

    init(_ table: TableDefinition, _ text: [UInt8], step: Int, isCut: Bool = false) throws {
        // Small, so that what is cut at a limit comes often.
        var reader = TableReader(table, limits: ReadLimits(rowBytes: 256, documentBytes: 4_096, fields: 16))
        for start in stride(from: 0, to: text.count, by: step) {
            try reader.push(text[start...].prefix(step)) { take($0) }
        }
        try reader.finish(isCut: isCut) { take($0) }
        tally = reader.tally
    }

    private mutating func take(_ row: TableRow) {
        rows.append(row.values)
        lines.append(row.line)
    }
}
