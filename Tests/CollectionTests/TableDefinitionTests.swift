import BundleFormat
import Collection
import Rows
import Testing

struct TableDefinitionTests {
    private static func text(_ table: String, steps: String = "  - exec: {argv: [x]}\n    output: out.txt") -> String {
        """
        apiVersion: exhibit/v1
        kind: Collector
        metadata: {name: test, title: Test}
        scope: container
        volatility: 3
        steps:
        \(steps)
        tables:
        \(table)
        """
    }

    private static let kinds = StepKinds([
        StepKind(
            "exec", scopes: [.container], summary: "", source: .inContainer,
            options: [
                StepOption("argv", .argv, required: true, summary: ""), StepOption("files", .fileNames, summary: ""),
            ],
            output: .named(folder: "")),
        StepKind(
            "open", scopes: [.container], summary: "", source: .api, output: .fixed(["a/<name>.json", "b/known.tsv"])),
    ])

    private static func decode(_ text: String) throws -> CollectorDefinition {
        try CollectorDefinitionDecoder(file: "test.yaml", kinds: kinds).decode(text)
    }

    @Test
    func everyFormatIsRead() throws {
        let tables = """
              - {name: a, from: out.txt, format: json, rows: items.*.x.*, columns: [
                  {name: p, path: b.c, type: integer}, {name: q, path: [d.e, f], up: 1}, {name: r}, {name: k, is: key}]}
              - {name: b, from: out.txt, format: jsonl, columns: [{name: t, type: time, form: milliseconds}]}
              - {name: c, from: out.txt, format: csv, separator: ";", columns: [{name: x}, {name: y, heading: why, type: real}]}
              - {name: d, from: out.txt, format: tsv, headings: 0, fields: 2, escapes: false, columns: [{name: x, field: -1}]}
              - name: e
                from: out.txt
                format: keyvalue
                separator: "="
                row: line
                between: ", "
                sections: {headings: ["== * =="], only: [a, "b*"]}
                ignore: ["#*"]
                columns: [{name: x, key: X, suffix: kB}, {name: s, is: section}]
              - {name: f, from: "*.txt", format: proc, fields: 3, columns: [{name: x, field: 2, toEnd: true, notation: hex, type: integer}]}
              - {name: g, from: out.txt, format: prometheus, metrics: [up]}
              - {name: h, from: out.txt, format: openmetrics, columns: [{name: job}, {name: v, is: value, type: real}]}
              - {name: i, from: out.txt, format: keyvalue, row: pair}
              - {name: j, from: out.txt, format: proc, sections: {headings: ["p *"], after: "fd:", before: end}, columns: [
                  {name: x, field: 1, type: integer, notation: inode}, {name: n, above: "sample *", type: integer}]}
              - {name: k, from: out.txt, format: json, rows: names.*, columns: [{name: n, is: value}]}
            """
        let decoded = try Self.decode(Self.text(tables)).tables
        try #require(decoded.map(\.name) == ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"])
        #expect(decoded[0].format == .json(rows: ["items", "*", "x", "*"]))
        #expect(
            decoded[0].columns == [
                TableColumn("p", .integer, .path(["b", "c"], up: 0)),
                TableColumn("q", .text, .path(["d.e", "f"], up: 1)),
                TableColumn("r", .text, .path(["r"], up: 0)), TableColumn("k", .text, .part(.key)),
            ])
        #expect(decoded[1].columns == [TableColumn("t", .time(.milliseconds), .path(["t"], up: 0))])
        #expect(decoded[2].format == .csv(separator: 0x3B, headings: 1))
        #expect(
            decoded[2].columns == [
                TableColumn("x", .text, .heading("x")), TableColumn("y", .real, .heading("why")),
            ])
        #expect(decoded[3].format == .tsv(escapes: false, headings: 0, leastFields: 2))
        #expect(decoded[4].format == .keyValue(separator: [0x3D], row: .line(between: Array(", ".utf8))))
        #expect(decoded[4].sections == TableSections(headings: ["== * =="], wanted: ["a", "b*"]))
        #expect(decoded[4].ignored == ["#*"] && decoded[4].columns[0].suffix == "kB")
        #expect(
            decoded[5].columns == [TableColumn("x", .integer, .field(2, toEnd: true), notation: .hex)])
        #expect(decoded[6].format == .prometheus(openMetrics: false, metrics: ["up"]))
        #expect(decoded[6].columns.map(\.name) == ["metric", "labels", "value", "type"])
        #expect(decoded[7].columns[0] == TableColumn("job", .text, .label("job")))
        #expect(decoded[8].columns.map(\.name) == ["name", "value"])
        #expect(decoded[9].sections == TableSections(headings: ["p *"], after: "fd:", before: "end"))
        #expect(
            decoded[9].columns == [
                TableColumn("x", .integer, .field(1, toEnd: false), notation: .inode),
                TableColumn("n", .integer, .above("sample *")),
            ])
        #expect(decoded[10].columns == [TableColumn("n", .text, .path([], up: 0))])
    }

    /// A table, and a word of what is said of it. Each stands in line 10.
    @Test(arguments: [
        ("name: t, from: out.txt, format: jsn, columns: [{name: a}]", "did you mean json?"),
        ("name: t, from: out.txt, format: json, colums: [{name: a}]", "did you mean columns?"),
        ("name: t, from: out.txt, format: json", "columns is missing"),
        ("name: t, from: out.txt, format: json, columns: []", "at least one column"),
        ("name: t, from: out.txt, columns: [{name: a}]", "format is missing"),
        ("from: out.txt, format: json, columns: [{name: a}]", "name is missing"),
        ("name: T, from: out.txt, format: json, columns: [{name: a}]", "1 to 63 of a–z"),
        ("name: select, from: out.txt, format: json, columns: [{name: a}]", "a word of SQL"),
        ("name: pods, from: out.txt, format: json, columns: [{name: a}]", "a table of exhibit itself"),
        ("name: sqlite_x, from: out.txt, format: json, columns: [{name: a}]", "a table of exhibit itself"),
        ("name: t, from: ouz.txt, format: json, columns: [{name: a}]", "did you mean out.txt?"),
        ("name: t, from: ../out.txt, format: json, columns: [{name: a}]", "must be the name of a file"),
        ("name: t, from: out.txt, format: json, columns: [{name: a}, {name: a}]", "two columns a"),
        ("name: t, from: out.txt, format: json, columns: [{name: pod}]", "every table has a column pod"),
        ("name: t, from: out.txt, format: json, columns: [{name: from}]", "a word of SQL"),
        ("name: t, from: out.txt, format: json, columns: [{name: a-b}]", "1 to 63 of a–z"),
        ("name: t, from: out.txt, format: json, columns: [{name: a, type: int}]", "there are: text, integer"),
        ("name: t, from: out.txt, format: json, columns: [{name: a, type: intger}]", "did you mean integer?"),
        ("name: t, from: out.txt, format: json, columns: [{name: a, form: seconds}]", "goes with type: time"),
        ("name: t, from: out.txt, format: json, columns: [{name: a, type: time, form: unix}]", "form must be one of"),
        ("name: t, from: out.txt, format: json, columns: [{name: a, up: 1}]", "nothing encloses the rows"),
        ("name: t, from: out.txt, format: json, rows: a.*, columns: [{name: a, up: 2}]", "1 at most"),
        ("name: t, from: out.txt, format: json, columns: [{name: a, path: a..b}]", "names with dots between"),
        ("name: t, from: out.txt, format: json, columns: [{name: a, key: x}]", "has no key key"),
        ("name: t, from: out.txt, format: json, columns: [{name: a, path: x, is: key}]", "has path and is"),
        ("name: t, from: out.txt, format: json, sections: {}, columns: [{name: a}]", "has no key sections"),
        ("name: t, from: out.txt, format: proc, columns: [{name: a}]", "needs field"),
        ("name: t, from: out.txt, format: proc, columns: [{name: a, field: 0}]", "field must be"),
        ("name: t, from: out.txt, format: proc, columns: [{name: a, is: section}]", "there are no sections"),
        ("name: t, from: out.txt, format: proc, sections: {headings: ['*']}, columns: [{name: a, field: 1}]", "one *"),
        ("name: t, from: out.txt, format: proc, columns: [{name: a, field: 1, notation: hex}]", "write type: integer"),
        ("name: t, from: out.txt, format: proc, columns: [{name: a, field: 1, notation: inode}]", "type: integer"),
        ("name: t, from: out.txt, format: proc, sections: {after: ' x'}, columns: [{name: a, field: 1}]", "blanks"),
        ("name: t, from: out.txt, format: proc, sections: {before: []}, columns: [{name: a, field: 1}]", "be a line"),
        ("name: t, from: out.txt, format: proc, columns: [{name: a, heading: x}]", "there are no headings"),
        ("name: t, from: out.txt, format: proc, columns: [{name: a, above: '*'}]", "one * for the value"),
        ("name: t, from: out.txt, format: proc, columns: [{name: a, above: 'a * *'}]", "one * for the value"),
        ("name: t, from: out.txt, format: proc, columns: [{name: a, above: 'a ?*'}]", "one * for the value"),
        ("name: t, from: out.txt, format: csv, columns: [{name: a, above: 'a *'}]", "has no key above"),
        ("name: t, from: out.txt, format: csv, separator: ab, columns: [{name: a}]", "one character"),
        ("name: t, from: out.txt, format: keyvalue, row: lines, columns: [{name: a}]", "did you mean line?"),
        ("name: t, from: out.txt, format: keyvalue, between: x, columns: [{name: a}]", "goes with row: line"),
        ("name: t, from: out.txt, format: keyvalue, row: pair, columns: [{name: a}]", "write is: key"),
        ("name: t, from: out.txt, format: keyvalue, columns: [{name: a, is: value}]", "is no part of the row"),
        ("name: t, from: out.txt, format: prometheus, columns: [{name: a, is: valeu}]", "did you mean value?"),
    ])
    func whatIsWrongIsSaid(table: String, words: String) throws {
        let error = try #require(throws: DefinitionError.self) { try Self.decode(Self.text("  - {\(table)}")) }
        #expect(error.line == 10)
        #expect(error.message.contains(words), "\(error)")
    }

    @Test
    func boundsHold() throws {
        func table(_ number: Int) -> String {
            "  - {name: t\(number), from: out.txt, format: json, columns: [{name: a}]}\n"
        }
        #expect(try Self.decode(Self.text((1...32).map(table).joined())).tables.count == 32)
        #expect(throws: DefinitionError.self) { try Self.decode(Self.text((1...33).map(table).joined())) }
        #expect(throws: DefinitionError.self) { try Self.decode(Self.text(table(1) + table(1))) }
        let columns = (1...257).map { "{name: c\($0)}" }.joined(separator: ", ")
        #expect(throws: DefinitionError.self) {
            try Self.decode(Self.text("  - {name: t, from: out.txt, format: json, columns: [\(columns)]}"))
        }
        let path = (1...17).map { "p\($0)" }.joined(separator: ".")
        #expect(throws: DefinitionError.self) {
            try Self.decode(
                Self.text("  - {name: t, from: out.txt, format: json, columns: [{name: a, path: \(path)}]}"))
        }
        #expect(throws: DefinitionError.self) { try Self.decode(Self.text("  []")) }
    }

    /// Kinds that name their files, and those that bring files nobody knows before.
    @Test
    func filesOfFurtherKindsAreKnown() throws {
        let table = "  - {name: t, from: known.tsv, format: json, columns: [{name: a}]}"
        #expect(try Self.decode(Self.text(table, steps: "  - open: {}")).tables.count == 1)
        let further = "  - {name: t, from: b.txt, format: json, columns: [{name: a}]}"
        let steps = "  - exec: {argv: [x], files: [b.txt]}\n    output: a.txt"
        #expect(try Self.decode(Self.text(further, steps: steps)).tables.count == 1)
    }

    @Test
    func aNameIsOneTable() throws {
        let table = "  - {name: shared, from: out.txt, format: json, columns: [{name: a}]}"
        var catalog = CollectorCatalog([])
        try catalog.add(file: "test.yaml", text: Self.text(table), kinds: Self.kinds)
        let other = Self.text(table).replacing("name: test", with: "name: a-b")
        let error = try #require(throws: DefinitionError.self) {
            try catalog.add(file: "a-b.yaml", text: other, kinds: Self.kinds)
        }
        #expect(error.line == 10 && error.message.contains("test has a table shared already"))
        #expect(error.message.contains("a_b_shared"))
        // The same collector once more takes the place of the first.
        try catalog.add(file: "test.yaml", text: Self.text(table), kinds: Self.kinds)
    }

    @Test
    func filesOfOneNameAreToldApart() {
        let table = TableDefinition(name: "t", from: "a*.txt", format: .json(rows: []), columns: [])
        #expect(table.reads(file: "a.txt") && table.reads(file: "ab.txt=~0123456789abcdef"))
        #expect(!table.reads(file: "b.txt") && !table.reads(file: "a.txt.gz"))
    }

    /// A bundle of a newer version: what is not known at the top does not matter, tables that cannot be understood do.
    @Test
    func definitionsOfBundlesAreRead() throws {
        let table = "  - {name: t, from: out.txt, format: json, columns: [{name: a}]}"
        let text = Self.text(table, steps: "  - {newer: {}}") + "\nparameters: {a: {type: text}}\n"
        let recorded = try RecordedTables(file: "meta/definitions/test.yaml", text: text)
        #expect(recorded.collector == "test" && recorded.tables.map(\.name) == ["t"])
        let newer = Self.text("  - {name: t, from: out.txt, format: parquet, columns: [{name: a}]}")
        #expect(throws: DefinitionError.self) { try RecordedTables(file: "x", text: newer) }
        #expect(throws: DefinitionError.self) { try RecordedTables(file: "x", text: "kind: Profile") }
    }
}
