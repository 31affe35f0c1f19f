/// Some lines of one log, as they stand there.
struct LogBatch: Sendable {
    let place: LogPlace
    let entry: String
    /// The number of its first line in the file, from 1.
    let firstLine: Int
    let bytes: [UInt8]
    /// Of the lines in `bytes`, without their LF.
    let lines: [Range<Int>]
    /// Which of them are longer in the log.
    let cut: Set<Int>

    /// Longer lines are cut: what is beyond is not handed out.
    static let lineBytes = 1 << 20
}

/// Cuts a log into batches of lines, while it streams.
final class LogBatcher {
    private var place: LogPlace
    private let entry: String
    private let deliver: (LogBatch) throws -> Void
    private var bytes: [UInt8] = []
    private var lines: [Range<Int>] = []
    private var cut: Set<Int> = []
    private var lineStart = 0
    private var next = 1
    /// How containers begin in a file that has several.
    private let heading: LogHeading?

    private static let batchBytes = 256 << 10
    private static let batchLines = 16_384

    init(_ place: LogPlace, _ entry: String, _ deliver: @escaping (LogBatch) throws -> Void) {
        self.place = place
        heading = LogHeading(place)
        self.entry = entry
        self.deliver = deliver
    }

    func push(_ piece: ArraySlice<UInt8>) throws {
        var rest = piece
        while let end = rest.firstIndex(of: 0x0A) {
            add(rest[..<end])
            try endLine()
            rest = rest[(end + 1)...]
            if bytes.count >= Self.batchBytes || lines.count >= Self.batchLines { try flush() }
        }
        add(rest)
    }

    func finish() throws {
        if bytes.count > lineStart { try endLine() }
        try flush()
    }

    private func add(_ text: ArraySlice<UInt8>) {
        let room = LogBatch.lineBytes - (bytes.count - lineStart)
        if text.count > room { cut.insert(lines.count) }
        bytes += text.prefix(room)
    }

    private func endLine() throws {
        var end = bytes.count
        if end > lineStart, bytes[end - 1] == 0x0D { end -= 1 }
        if let mark = heading?.mark(of: bytes[lineStart...]) {
            bytes.removeSubrange(lineStart...)
            try flush()
            next += 1
            guard case .start(let container) = mark else { return }
            place = LogPlace(
                namespace: place.namespace, pod: place.pod, container: container, stream: place.stream)
            return
        }
        lines.append(lineStart..<end)
        lineStart = bytes.count
    }

    private func flush() throws {
        guard !lines.isEmpty else { return }
        try deliver(LogBatch(place: place, entry: entry, firstLine: next, bytes: bytes, lines: lines, cut: cut))
        next += lines.count
        bytes = []
        lines = []
        cut = []
        lineStart = 0
    }
}
