/// Reads the rows of one file of a table, as its bytes come.
///
/// Memory is bounded by a row, but for JSON, which is kept whole up to ``ReadLimits/documentBytes``. Nothing that the file holds is
/// an error: what cannot be read is counted in ``tally``. What `body` throws is thrown on, and the reader is spent.
public struct TableReader: Sendable {
    public let table: TableDefinition
    /// What became of the bytes so far.
    public var tally: TableTally { sink.tally }

    private var input: any RowInput
    private var sink: RowSink
    /// The first bytes, until it is known whether they are a byte order mark, as programs of Windows write it.
    private var beginning: [UInt8]? = []

    public init(_ table: TableDefinition, limits: ReadLimits = ReadLimits()) {
        self.table = table
        sink = RowSink(table.columns, limits)
        let columns = table.columns
        input =
            switch table.format {
            case .json(let rows): JSONInput(JSONRows(columns, rows: rows, rowBytes: limits.rowBytes))
            case .jsonLines(let rows): JSONLinesInput(JSONRows(columns, rows: rows, rowBytes: limits.rowBytes), limits)
            case .csv(let separator, let headings):
                CSVReader(columns, separator: separator, headings: headings, limits: limits)
            case .tsv(let escapes, let headings, let least):
                LineInput(
                    table,
                    TabFormat(
                        columns, escapes: escapes, headings: headings, leastFields: least, maxFields: limits.fields),
                    limits)
            case .fields(let headings, let least):
                LineInput(
                    table,
                    FieldFormat(columns, headings: headings, leastFields: least, maxFields: limits.fields), limits)
            case .keyValue(let separator, let row):
                LineInput(table, KeyValueFormat(columns, separator: separator, row: row), limits)
            case .prometheus(let openMetrics, let metrics):
                LineInput(table, PrometheusFormat(columns, openMetrics: openMetrics, metrics: metrics), limits)
            }
    }

    /// Takes the next bytes and hands out each row that they complete.
    public mutating func push(_ bytes: ArraySlice<UInt8>, _ body: (TableRow) throws -> Void) throws {
        guard !tally.isFull else { return }
        guard var held = beginning else { return try input.push(bytes.span, &sink, body) }
        held += bytes
        guard held.count >= 3 else {
            beginning = held
            return
        }
        beginning = nil
        let rest = held.starts(with: [0xEF, 0xBB, 0xBF]) ? held[3...] : held[...]
        try input.push(rest.span, &sink, body)
    }

    /// Ends the file and hands out what it still had.
    ///
    /// - Parameter isCut: whether a limit of the capture cut it: what is not whole at its end is then counted as ``TableTally/cut``.
    public mutating func finish(isCut: Bool = false, _ body: (TableRow) throws -> Void) throws {
        guard !tally.isFull else { return }
        if let held = beginning {
            beginning = nil
            try input.push(held.span, &sink, body)
        }
        try input.finish(isCut: isCut, &sink, body)
    }
}
