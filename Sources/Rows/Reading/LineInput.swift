/// Reads lines in a format, section by section.
struct LineInput<Format: LineFormat>: RowInput {
    private var format: Format
    private var cutter: LineCutter
    private var sections: SectionTracker
    private let ignored: [BytePattern]
    private let sectionColumns: [Int]
    private let textColumns: [Int]
    private var marks: LineMarks
    /// Where the open row began.
    private var openedAt = 0

    init(_ table: TableDefinition, _ format: Format, _ limits: ReadLimits) {
        self.format = format
        cutter = LineCutter(limit: limits.rowBytes)
        sections = SectionTracker(table.sections)
        ignored = table.ignored.map(BytePattern.init)
        marks = LineMarks(table.columns)
        let parts = ColumnPlan(table.columns).parts
        sectionColumns = parts.filter { $0.part == .section }.map(\.column)
        textColumns = parts.filter { $0.part == .text }.map(\.column)
    }

    mutating func push(_ bytes: Span<UInt8>, _ sink: inout RowSink, _ body: (TableRow) throws -> Void) throws {
        // Apart from self while its lines are read.
        var cutter = exchange(&self.cutter, with: LineCutter(limit: 0))
        defer { self.cutter = cutter }
        _ = try cutter.push(bytes) { line, number, kind in try take(line, number, kind, &sink, body) }
    }

    mutating func finish(isCut: Bool, _ sink: inout RowSink, _ body: (TableRow) throws -> Void) throws {
        var cutter = exchange(&self.cutter, with: LineCutter(limit: 0))
        let isOpen = format.isOpen
        try cutter.finish { line, number, kind in
            guard isCut else { return try take(line, number, kind, &sink, body) }
            if !isOpen { sink.takeCut() }
            return true
        }
        // What is there of it is evidence.
        if isCut, isOpen { sink.tally.cut += 1 }
        try end(named: sections.name, &sink, body)
    }

    private mutating func take(
        _ line: Span<UInt8>, _ number: Int, _ kind: LineCutter.Line, _ sink: inout RowSink,
        _ body: (TableRow) throws -> Void
    ) throws -> Bool {
        let name = sections.name
        if marks.has(line) {
            let goesOn = try end(named: name, &sink, body)
            sections.leave()
            marks.take(line)
            return goesOn
        }
        switch sections.place(of: line) {
        case .outside:
            return true
        case .heading:
            let goesOn = try end(named: name, &sink, body)
            format.beginSection()
            return goesOn
        case .inside:
            break
        }
        for pattern in ignored where pattern.matches(line) { return true }
        if kind == .tooLong {
            return try sink.take(
                .unread("it is longer than \(sink.limits.rowBytes) bytes"), line: number, isOpen: format.isOpen, body)
        }
        let wasOpen = format.isOpen
        let outcome = format.read(line, &sink.row)
        if !wasOpen, format.isOpen { openedAt = number }
        sink.tally.absentHeadings = format.absentHeadings
        if case .row = outcome {
            for column in textColumns { sink.row.set(column, line) }
            setRepeated(sections.name, &sink)
        }
        return try sink.take(outcome, line: wasOpen && !format.isOpen ? openedAt : number, isOpen: format.isOpen, body)
    }

    @discardableResult
    private mutating func end(
        named name: String?, _ sink: inout RowSink, _ body: (TableRow) throws -> Void
    ) throws -> Bool {
        let outcome = format.end(&sink.row)
        if case .row = outcome { setRepeated(name, &sink) }
        return try sink.take(outcome, line: openedAt, body)
    }

    /// What stands in no line of the row.
    private func setRepeated(_ name: String?, _ sink: inout RowSink) {
        marks.set(&sink.row)
        guard let name else { return }
        for column in sectionColumns { sink.row.set(column, text: name) }
    }
}
