/// Rows of CSV.
struct CSVReader: RowInput {
    private var records: CSVRecords
    private var table: FieldTable

    init(_ columns: [TableColumn], separator: UInt8, headings: Int, limits: ReadLimits) {
        records = CSVRecords(separator: separator, maxBytes: limits.rowBytes, maxFields: limits.fields)
        table = FieldTable(columns, headings: headings, leastFields: 0, isStrict: true)
    }

    mutating func push(_ bytes: Span<UInt8>, _ sink: inout RowSink, _ body: (TableRow) throws -> Void) throws {
        var position = 0
        while records.advance(bytes, &position) {
            // No more rows are wanted.
            guard try take(&sink, body) else { return }
        }
    }

    mutating func finish(isCut: Bool, _ sink: inout RowSink, _ body: (TableRow) throws -> Void) throws {
        guard records.finish() else { return }
        if isCut { sink.takeCut() } else { _ = try take(&sink, body) }
    }

    private mutating func take(_ sink: inout RowSink, _ body: (TableRow) throws -> Void) throws -> Bool {
        let outcome = read(&sink.row)
        sink.tally.absentHeadings = table.absentHeadings
        let line = records.line
        records.begin()
        return try sink.take(outcome, line: line, body)
    }

    private mutating func read(_ row: inout RowBuilder) -> LineOutcome {
        // With one column an empty line is a row; else it is nothing.
        if records.isEmpty, table.isAtHeading || table.width != 1 { return .nothing }
        if let objection = records.objection { return .unread(objection) }
        let count = records.fields.count
        if table.isAtHeading {
            table.takeHeading(names)
            return .nothing
        }
        if let objection = table.objection(to: count) { return .unread(objection) }
        if let first = table.firstHeading, records.text.span.extracting(range(0)).equals(Array(first.utf8)),
            table.isHeadingAgain(names)
        {
            return .nothing
        }
        for place in table.places(of: count) {
            let range = range(place.first)
            // PostgreSQL writes null as nothing, and Python tells it from "" as little as RFC 4180 does.
            if range.isEmpty, !records.fields[place.first].isQuoted { continue }
            row.set(place.column, records.text.span.extracting(range))
        }
        return .row
    }

    private func range(_ field: Int) -> Range<Int> {
        (field == 0 ? 0 : records.fields[field - 1].end)..<records.fields[field].end
    }

    private var names: [String] {
        records.fields.indices.map { String(decoding: records.text[range($0)], as: UTF8.self) }
    }
}
