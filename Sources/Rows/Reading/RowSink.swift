/// Where rows go: counts them, within the limits, and hands them on.
struct RowSink: Sendable {
    let limits: ReadLimits
    var row: RowBuilder
    var tally = TableTally()
    /// What the cells of the rows of a JSON text may still have, in bytes; nil for formats whose rows have nothing twice.
    private var room: Int?

    init(_ columns: [TableColumn], _ limits: ReadLimits) {
        self.limits = limits
        row = RowBuilder(columns)
    }

    /// A JSON text of so many bytes begins.
    mutating func beginText(_ size: Int) {
        room = limits.rowBytes + size * limits.growth
    }

    /// Takes what became of a row.
    ///
    /// - Parameter isOpen: whether the values stay, for what comes is of the same row, or is enclosed by the same.
    /// - Returns: false when no more are wanted.
    mutating func take(
        _ outcome: LineOutcome, line: Int, isOpen: Bool = false, _ body: (TableRow) throws -> Void
    ) rethrows -> Bool {
        switch outcome {
        case .nothing:
            return true
        case .unread(let reason):
            tally.unread += 1
            note(line, reason)
        case .row:
            // Each row has again what encloses it: a small file could become very much.
            let size = row.bytes
            guard size <= limits.rowBytes else {
                return try take(
                    .unread("its cells are longer than \(limits.rowBytes) bytes together"), line: line,
                    isOpen: isOpen, body)
            }
            guard tally.rows < limits.rows, room.map({ size <= $0 }) ?? true else {
                tally.isFull = true
                return false
            }
            room = room.map { $0 - size }
            if let misread = row.misread {
                tally.unreadCells += misread.count
                let column = row.columns[misread.column]
                note(line, "column \(column.name): what stands there is no \(column.type.name), or stands twice")
            }
            try body(TableRow(line: line, values: row.values))
            tally.rows += 1
        }
        if isOpen { row.forgetMisread() } else { row.clear() }
        return true
    }

    /// A row was begun that a limit of the capture cut.
    mutating func takeCut() {
        tally.cut += 1
        row.clear()
    }

    private mutating func note(_ line: Int, _ message: @autoclosure () -> String) {
        guard tally.problems.count < limits.problems else { return }
        tally.problems.append(.init(line: line, message: message()))
    }
}

/// What cuts bytes into rows. Its memory is bounded by the sink's limits.
protocol RowInput: Sendable {
    mutating func push(_ bytes: Span<UInt8>, _ sink: inout RowSink, _ body: (TableRow) throws -> Void) throws
    mutating func finish(isCut: Bool, _ sink: inout RowSink, _ body: (TableRow) throws -> Void) throws
}
