/// Cuts a stream into lines. Memory is bounded by one line.
struct LineCutter {
    enum Line {
        case whole
        /// Longer than the limit: only its beginning is handed out.
        case tooLong
        /// The last one, which no line feed ends.
        case last
    }

    private let limit: Int
    private var pending: [UInt8] = []
    private var isTooLong = false
    /// Of the line that comes next, from 1.
    private(set) var number = 1

    init(limit: Int) {
        self.limit = limit
    }

    /// - Parameter body: gets a line without its end, be that LF or CR LF. Gives false when no more are wanted.
    mutating func push(
        _ chunk: Span<UInt8>, _ body: (Span<UInt8>, Int, Line) throws -> Bool
    ) rethrows -> Bool {
        var position = 0
        while let end = chunk.index(of: 0x0A, from: position) {
            if pending.isEmpty, !isTooLong, end - position <= limit {
                let line = chunk.extracting(position..<end)
                guard try take(line, .whole, body) else { return false }
            } else {
                keep(chunk.extracting(position..<end))
                guard try endPending(.whole, body) else { return false }
            }
            position = end + 1
        }
        keep(chunk.extracting(position..<chunk.count))
        return true
    }

    /// Hands out the last line, if it has no end.
    mutating func finish(_ body: (Span<UInt8>, Int, Line) throws -> Bool) rethrows {
        if !pending.isEmpty { _ = try endPending(.last, body) }
    }

    private mutating func keep(_ bytes: Span<UInt8>) {
        let room = limit - pending.count
        if bytes.count > room { isTooLong = true }
        bytes.extracting(0..<min(room, bytes.count)).append(to: &pending)
    }

    private mutating func endPending(
        _ kind: Line, _ body: (Span<UInt8>, Int, Line) throws -> Bool
    ) rethrows -> Bool {
        let line = pending
        pending = []
        defer { isTooLong = false }
        return try take(line.span, isTooLong ? .tooLong : kind, body)
    }

    private mutating func take(
        _ line: Span<UInt8>, _ kind: Line, _ body: (Span<UInt8>, Int, Line) throws -> Bool
    ) rethrows -> Bool {
        var range = 0..<line.count
        if let last = range.last, line[last] == 0x0D { range = 0..<last }
        defer { number += 1 }
        return try body(line.extracting(range), number, kind)
    }
}
