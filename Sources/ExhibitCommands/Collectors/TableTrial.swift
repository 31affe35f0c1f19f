internal import Bundle
internal import Collection
internal import Inspection
internal import Rows
internal import StructuredText
internal import Terminal

/// What the tables of a collector on trial made of its outputs.
struct TableTrial {
    let definition: TableDefinition
    let files: Int
    let report: TableReport
    /// The first rows, as text; nil is null.
    let first: [[String?]]
    /// Columns that were null in every row: what they look for may stand elsewhere.
    let empty: [String]

    /// More of a cell is not shown.
    private static let shownCharacters = 60
    /// With more columns each row is shown from top to bottom.
    private static let maxAcross = 8
    private static let maxRows = 20

    /// Reads the tables as the inspector does, from the bundle's own copy of the definition.
    static func all(
        of collector: String, in reader: BundleReader, rows limit: Int
    ) async throws -> (tables: [TableTrial], problems: [String]) {
        let tables = await BundleTables(reader)
        var trials: [TableTrial] = []
        for table in tables.tables where table.collector == collector {
            var first: [[String?]] = []
            var filled: Set<Int> = []
            let columns = table.definition.columns.map(\.name)
            let report = try await tables.rows(of: table) { row, _ in
                if filled.count < columns.count {
                    for (column, value) in row.values.enumerated() where !value.isNull { filled.insert(column) }
                }
                guard first.count < min(limit, maxRows) else { return }
                first.append(row.values.map { $0.isNull ? nil : shown($0.words) })
            }
            trials.append(
                TableTrial(
                    definition: table.definition, files: table.files.count, report: report, first: first,
                    empty: report.tally.rows == 0
                        ? [] : columns.indices.filter { !filled.contains($0) }.map { columns[$0] }))
        }
        return (trials, tables.problems.map { "\($0.subject): \($0.reason)" })
    }

    private static func shown(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(shownCharacters + 1)
        guard scalars.count > shownCharacters else { return text }
        return String(String.UnicodeScalarView(scalars.prefix(shownCharacters - 1))) + "…"
    }

    // MARK: Words

    func lines(_ style: TerminalStyle) -> [String] {
        let tally = report.tally
        var counts = [Quantity.count(tally.rows, "row", "rows")]
        if tally.unread > 0 { counts.append(style(.warning, "\(Quantity.count(tally.unread)) could not be read")) }
        if tally.cut > 0 { counts.append(style(.warning, "\(Quantity.count(tally.cut)) cut off at a limit")) }
        if tally.unreadCells > 0 {
            counts.append(style(.warning, Quantity.count(tally.unreadCells, "cell", "cells") + " could not be read"))
        }
        if tally.isFull { counts.append(style(.warning, "there are more")) }
        var lines = [
            "\(style(.bold, "table"))    \(TerminalText.escaped(definition.name)): "
                + "\(counts.joined(separator: ", ")), of \(Quantity.count(files, "file", "files"))"
        ]
        if !tally.absentHeadings.isEmpty {
            let names = tally.absentHeadings.map { TerminalText.escaped($0) }.joined(separator: ", ")
            lines.append("         \(style(.warning, "not among the headings: \(names)"))")
        }
        if !empty.isEmpty {
            let names = empty.map { TerminalText.escaped($0) }.joined(separator: ", ")
            lines.append("         empty in every row: \(names)")
        }
        lines += report.problems.map { "         \(TerminalText.escaped("\($0.subject): \($0.reason)"))" }
        return lines + rows(style).map { "         | \($0)" }
    }

    private func rows(_ style: TerminalStyle) -> [String] {
        guard !first.isEmpty else { return [] }
        let names = definition.columns.map(\.name)
        guard names.count > Self.maxAcross else {
            var table = TextTable(names.map { TextTable.Column($0) })
            for row in first { table.append(row.map { TextTable.Cell($0 ?? "-", $0 == nil ? .dim : nil) }) }
            return table.lines(width: nil, style: style)
        }
        var table = TextTable([.init("column"), .init("first row")])
        for (name, value) in zip(names, first[0]) {
            table.append([TextTable.Cell(name), TextTable.Cell(value ?? "-", value == nil ? .dim : nil)])
        }
        return table.lines(width: nil, style: style)
    }

    var json: JSONValue {
        let tally = report.tally
        return [
            "name": .string(definition.name), "files": JSONValue(files), "rows": JSONValue(tally.rows),
            "unread": JSONValue(tally.unread), "cut": JSONValue(tally.cut), "unreadCells": JSONValue(tally.unreadCells),
            "hasMore": .bool(tally.isFull), "absentHeadings": .array(tally.absentHeadings.map { .string($0) }),
            "emptyColumns": .array(empty.map { .string($0) }),
            "problems": .array(report.problems.map { .string("\($0.subject): \($0.reason)") }),
            "columns": .array(definition.columns.map { .string($0.name) }),
            "first": .array(first.map { .array($0.map { $0.map { .string($0) } ?? .null }) }),
        ]
    }
}
