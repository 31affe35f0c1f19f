/// Some lines of one log, as they stand there.
struct LogBatch: Sendable {
    let place: LogPlace
    let entry: String
    /// The number of its first line in the file, from 1.
    let firstLine: Int
    let bytes: [UInt8]
    /// Of the lines in `bytes`, without their LF.
    let lines: [Range<Int>]

    /// Longer lines are cut: what is beyond is not handed out.
    static let lineBytes = 1 << 20
}

/// Cuts a log into batches of lines, while it streams.
final class LogBatcher {
    private let place: LogPlace
    private let entry: String
    private let deliver: (LogBatch) throws -> Void
    private var bytes: [UInt8] = []
    private var lines: [Range<Int>] = []
    private var lineStart = 0
    private var next = 1

    private static let batchBytes = 256 << 10

    init(_ place: LogPlace, _ entry: String, _ deliver: @escaping (LogBatch) throws -> Void) {
        self.place = place
        self.entry = entry
        self.deliver = deliver
    }

    func push(_ piece: ArraySlice<UInt8>) throws {
        var rest = piece
        while let end = rest.firstIndex(of: 0x0A) {
            add(rest[..<end])
            endLine()
            rest = rest[(end + 1)...]
            if bytes.count >= Self.batchBytes { try flush() }
        }
        add(rest)
    }

    func finish() throws {
        if bytes.count > lineStart { endLine() }
        try flush()
    }

    private func add(_ text: ArraySlice<UInt8>) {
        let room = LogBatch.lineBytes - (bytes.count - lineStart)
        bytes += text.prefix(room)
    }

    private func endLine() {
        var end = bytes.count
        if end > lineStart, bytes[end - 1] == 0x0D { end -= 1 }
        lines.append(lineStart..<end)
        lineStart = bytes.count
    }

    private func flush() throws {
        guard !lines.isEmpty else { return }
        try deliver(LogBatch(place: place, entry: entry, firstLine: next, bytes: bytes, lines: lines))
        next += lines.count
        bytes = []
        lines = []
        lineStart = 0
    }
}
