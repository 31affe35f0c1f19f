internal import StructuredText

/// Reads a JSON text in each line.
struct JSONLinesInput: RowInput {
    private var rows: JSONRows
    private var cutter: LineCutter

    init(_ rows: JSONRows, _ limits: ReadLimits) {
        self.rows = rows
        cutter = LineCutter(limit: limits.rowBytes)
    }

    mutating func push(_ bytes: Span<UInt8>, _ sink: inout RowSink, _ body: (TableRow) throws -> Void) throws {
        var cutter = exchange(&self.cutter, with: LineCutter(limit: 0))
        defer { self.cutter = cutter }
        _ = try cutter.push(bytes) { line, number, kind in try take(line, number, kind, &sink, body) }
    }

    mutating func finish(isCut: Bool, _ sink: inout RowSink, _ body: (TableRow) throws -> Void) throws {
        var cutter = exchange(&self.cutter, with: LineCutter(limit: 0))
        try cutter.finish { line, number, kind in
            guard isCut else { return try take(line, number, kind, &sink, body) }
            sink.takeCut()
            return true
        }
    }

    private mutating func take(
        _ line: Span<UInt8>, _ number: Int, _ kind: LineCutter.Line, _ sink: inout RowSink,
        _ body: (TableRow) throws -> Void
    ) throws -> Bool {
        guard !line.trimmed(0..<line.count).isEmpty else { return true }
        if kind == .tooLong {
            return try sink.take(.unread("it is longer than \(sink.limits.rowBytes) bytes"), line: number, body)
        }
        sink.beginText(line.count)
        do {
            return try rows.read(line, &sink) { _, outcome, sink in
                try sink.take(outcome, line: number, isOpen: true, body)
            }
        } catch let taker as JSONRows.TakerError {
            throw taker.error
        } catch let error as JSONError {
            return try sink.take(.unread("\(error)"), line: number, body)
        }
    }
}

/// Reads one JSON text, which is in memory as a whole.
struct JSONInput: RowInput {
    private var rows: JSONRows
    private var text: [UInt8] = []
    private var isTooLong = false

    init(_ rows: JSONRows) {
        self.rows = rows
    }

    mutating func push(_ bytes: Span<UInt8>, _ sink: inout RowSink, _ body: (TableRow) throws -> Void) throws {
        guard !isTooLong else { return }
        if text.count + bytes.count > sink.limits.documentBytes {
            isTooLong = true
            text = []
            return
        }
        bytes.append(to: &text)
    }

    mutating func finish(isCut: Bool, _ sink: inout RowSink, _ body: (TableRow) throws -> Void) throws {
        if isTooLong {
            _ = try sink.take(
                .unread("the text is longer than \(sink.limits.documentBytes) bytes"), line: 1, body)
            return
        }
        let whole = exchange(&text, with: [])
        let bytes = whole.span
        guard !bytes.trimmed(0..<bytes.count).isEmpty else { return }
        var (line, counted) = (1, 0)
        func lineNumber(_ offset: Int) -> Int {
            while counted < offset {
                if bytes[counted] == 0x0A { line += 1 }
                counted += 1
            }
            return line
        }
        sink.beginText(bytes.count)
        do {
            _ = try rows.read(bytes, &sink) { offset, outcome, sink in
                try sink.take(outcome, line: lineNumber(offset), isOpen: true, body)
            }
        } catch let taker as JSONRows.TakerError {
            throw taker.error
        } catch let error as JSONError {
            if isCut, error.code == .truncated {
                sink.takeCut()
            } else {
                _ = try sink.take(
                    .unread("\(error); rows behind it are lost"), line: lineNumber(min(error.offset, bytes.count)), body
                )
            }
        }
    }
}
