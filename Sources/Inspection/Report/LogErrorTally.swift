internal import Synchronization

/// Counts lines that say that they are warnings or errors: when they were, and the errors by what they have in common.
///
/// Memory is bounded: when there are twice as many messages as are kept, the rarest are given up. One that comes often comes again.
struct LogErrorTally: Sendable {
    struct Message: Sendable {
        let level: LogLine.Level
        let pattern: String
        /// The first of them, of the first of ``places`` by name.
        fileprivate(set) var line: String
        /// `namespace/pod/container`.
        fileprivate(set) var place: String
        fileprivate(set) var count = 1
        /// By hashes of their names, at most ``LogErrors/mostContainers``.
        fileprivate(set) var places: Set<Int>
    }

    /// Of one file.
    private static let most = 5_000
    /// Of all files: files end in any order, and what is given up depends on it.
    private static let mostTogether = 20_000
    private static let lineBytes = 400

    private(set) var histogram: TimeHistogram?
    /// That say they are errors.
    private(set) var lines = 0
    /// That were looked at since it was made.
    private(set) var taken = 0
    private var pattern = LogPattern()
    /// By a hash with a secret of this run: nobody can write lines that have the same.
    private var messages: [Int: Message] = [:]

    init(_ axis: TimeHistogram.Axis?) {
        histogram = axis.map { TimeHistogram($0) }
    }

    var sorted: [Message] { messages.values.sorted(by: Self.precedes) }

    private static func precedes(_ one: Message, _ other: Message) -> Bool {
        (other.count, one.pattern, one.level) < (one.count, other.pattern, other.level)
    }

    /// - Parameters:
    ///   - seconds: since 1970; nil in a log without times.
    ///   - place: `namespace/pod/container`, and its hash.
    mutating func add(
        _ message: UnsafeRawBufferPointer, _ level: LogLine.Level, _ seconds: Int64?, _ place: (name: String, hash: Int)
    ) {
        taken += 1
        let isError = level >= .error
        if let seconds {
            histogram?.add(isError ? .logError : .logWarning, seconds)
        } else {
            histogram?.timelessLines += 1
        }
        guard isError else { return }
        lines += 1
        pattern.make(message)
        var hasher = Hasher()
        hasher.combine(level)
        pattern.text.withUnsafeBytes { hasher.combine(bytes: $0) }
        let key = hasher.finalize()
        if messages[key] != nil {
            messages[key]?.count += 1
            if messages[key]?.places.count ?? 0 < LogErrors.mostContainers { messages[key]?.places.insert(place.hash) }
            return
        }
        messages[key] = Message(
            level: level, pattern: String(decoding: pattern.text, as: UTF8.self),
            line: String(decoding: message.prefix(Self.lineBytes), as: UTF8.self), place: place.name,
            places: [place.hash])
        trim(to: Self.most)
    }

    mutating func add(_ other: LogErrorTally) {
        lines += other.lines
        if let more = other.histogram { histogram?.add(more) }
        for (key, message) in other.messages {
            guard let known = messages[key] else {
                messages[key] = message
                continue
            }
            // Files are read in any order.
            var joined = message.place < known.place ? message : known
            joined.count = known.count + message.count
            joined.places = known.places
            for place in message.places where joined.places.count < LogErrors.mostContainers {
                joined.places.insert(place)
            }
            messages[key] = joined
        }
        trim(to: Self.mostTogether)
    }

    private mutating func trim(to most: Int) {
        guard messages.count > 2 * most else { return }
        let kept = messages.sorted { Self.precedes($0.value, $1.value) }.prefix(most)
        messages = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
    }
}

/// What comes of all logs, from several tasks.
final class LogErrorGathering: Sendable {
    private let axis: TimeHistogram.Axis?
    private let state: Mutex<LogErrorTally>

    init(_ tally: LogErrorTally) {
        axis = tally.histogram?.axis
        state = Mutex(tally)
    }

    var tally: LogErrorTally { state.withLock { $0 } }

    /// - Returns: why it ended before all logs were read; nil when they were.
    /// - Throws: `CancellationError`.
    func read(_ database: EvidenceDatabase) async throws -> String? {
        var failure: (any Error)?
        do {
            try await readAll(database)
        } catch {
            failure = error
        }
        guard let failure else { return nil }
        guard !(failure is CancellationError) else { throw failure }
        return "\(failure)"
    }

    private func readAll(_ database: EvidenceDatabase) async throws {
        let capture = database.capture
        var options = LogOptions()
        options.level = .warning
        let wanted = options
        try await capture.read { file in
            guard case .log(let place) = capture.role(of: file) else { return nil }
            let tracks: LogCutter.Wants =
                place.container == nil ? .asTheyCome(only: nil) : .one(LogCutter.Want(track: 0))
            let taker = LogErrorTaker(place, LogErrorTally(self.axis)) { tally in self.state.withLock { $0.add(tally) }
            }
            let cutter = LogCutter(tracks, wanted, needsTimes: true, heading: LogHeading(place))
            return try file.reading(
                LogVisitor(cutter, taker) { problem, _ in
                    if let problem { database.damage.add(file.path, problem) }
                })
        }
    }
}

/// Counts what one file has.
private final class LogErrorTaker: LogTaker {
    /// Lines after which it is handed on: should time run out, they are counted.
    private static let most = 50_000

    private let log: LogPlace
    private let empty: LogErrorTally
    private var tally: LogErrorTally
    private let done: (LogErrorTally) -> Void
    private var container: String?
    private var place: (name: String, hash: Int)

    init(_ log: LogPlace, _ tally: LogErrorTally, done: @escaping (LogErrorTally) -> Void) {
        self.log = log
        empty = tally
        self.tally = tally
        self.done = done
        container = log.container
        place = Self.place(log, log.container)
    }

    private static func place(_ log: LogPlace, _ container: String?) -> (name: String, hash: Int) {
        let name = "\(log.namespace)/\(log.pod)" + (container.map { "/\($0)" } ?? "")
        return (name, name.hashValue)
    }

    func take(_ cut: LogCutter.Cut) {
        // What goes on with a line is of its message.
        guard cut.piece.isFirst else { return }
        let head = Array(cut.piece.text.prefix(LogLevels.looked))
        guard let level = LogLevels.level(of: head[...]) else { return }
        if let named = cut.container, named != container {
            container = named
            place = Self.place(log, named)
        }
        tally.add(cut.piece.text, level, cut.time == .min ? nil : cut.time / 1_000_000_000, place)
        if tally.taken >= Self.most { flush() }
    }

    func end(_ cutter: LogCutter) { flush() }

    private func flush() {
        done(tally)
        tally = empty
    }
}
