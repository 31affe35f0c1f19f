internal import Rows

/// Counts the patterns of one file.
struct PatternCounter {
    private let entry: String
    private let most: Int
    private var pattern = LogPattern()
    /// By a hash of place, level and pattern: where each is in `patterns`. The hash has a secret of this run: nobody can write lines
    /// that have the same.
    private var places: [Int: Int] = [:]
    private(set) var patterns: [LogDigest.Pattern] = []
    private(set) var lines = 0
    /// Where the rest is counted.
    private var rest: Int?

    /// Of an example, in bytes.
    static let exampleBytes = 400

    init(_ entry: String, most: Int) {
        self.entry = entry
        self.most = most
    }

    /// - Parameters:
    ///   - place: whose the line is.
    ///   - number: which place that is, of those of the file.
    mutating func add(
        _ message: UnsafeRawBufferPointer, _ level: LogLine.Level?, _ time: RowTime?, line: Int, _ place: LogPlace,
        number: Int
    ) {
        lines += 1
        pattern.make(message)
        var hasher = Hasher()
        hasher.combine(number)
        hasher.combine(level)
        pattern.text.withUnsafeBytes { hasher.combine(bytes: $0) }
        let hash = hasher.finalize()
        var found = places[hash]
        if found == nil, patterns.count < most {
            found = patterns.count
            places[hash] = found
            append(String(decoding: pattern.text, as: UTF8.self), message, level, line, place)
        } else if found == nil {
            found = rest ?? patterns.count
            if rest == nil {
                rest = found
                append(LogDigest.otherLines, message, nil, line, place)
            }
        }
        guard let found else { return }
        patterns[found].count += 1
        if patterns[found].first == nil { patterns[found].first = time }
        if let time { patterns[found].last = time }
    }

    private mutating func append(
        _ text: String, _ message: UnsafeRawBufferPointer, _ level: LogLine.Level?, _ line: Int, _ place: LogPlace
    ) {
        // NUL would be the end of the text to SQLite.
        let example = message.prefix(Self.exampleBytes).map { $0 == 0 ? 0x20 : $0 }
        patterns.append(
            LogDigest.Pattern(
                place: place, entry: entry, level: level, pattern: text, count: 0, line: line,
                example: String(decoding: example, as: UTF8.self)))
    }
}

/// Counts what one file has for a ``LogDigest``.
final class DigestTaker: LogTaker {
    private let entry: String
    private let place: LogPlace
    private let hasRequests: Bool
    private(set) var counter: PatternCounter
    private(set) var requests = RequestTally()
    private let ended: (DigestTaker) -> Void

    init(
        _ entry: String, _ place: LogPlace, hasRequests: Bool, mostPatterns: Int,
        ended: @escaping (DigestTaker) -> Void
    ) {
        self.entry = entry
        self.place = place
        self.hasRequests = hasRequests
        self.ended = ended
        counter = PatternCounter(entry, most: mostPatterns)
    }

    func take(_ cut: LogCutter.Cut) {
        guard cut.piece.isFirst else { return }
        let message = cut.piece.bytes
        var place = place
        if let container = cut.container {
            place = LogPlace(
                namespace: place.namespace, pod: place.pod, container: container, stream: place.stream)
        }
        let time = cut.time == .min ? nil : RowTime(nanoseconds: cut.time)
        let head = Array(message.prefix(LogLevels.looked))
        counter.add(
            message, LogLevels.level(of: head[...]), time, line: cut.line, place, number: cut.piece.track)
        if hasRequests, RequestTally.mayBeRequest(message) { requests.add(message, place, entry, cut.line, time) }
    }

    func end(_ cutter: LogCutter) { ended(self) }
}
