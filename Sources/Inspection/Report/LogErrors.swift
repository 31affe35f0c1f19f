internal import SQLite
internal import Synchronization

/// What logs say most often when they say that something is wrong.
public struct LogErrors: Sendable {
    /// The same words, wherever they stand.
    public struct Message: Sendable, Hashable {
        /// At most ``ReportQuery/longest`` characters.
        public let text: String
        public let level: String
        public internal(set) var count = 0
        /// One of those that say so: `namespace/pod/container`.
        public let example: String
        /// How many containers do; ``LogErrors/mostContainers`` stands for that many or more.
        public internal(set) var containers = 0
    }

    /// The most frequent first.
    public internal(set) var messages: [Message] = []
    /// Lines that say they are errors.
    public internal(set) var lines = 0
    /// Lines whose messages are not in ``messages``.
    public internal(set) var left = 0
    /// Why not all logs were read; nil when they were.
    public internal(set) var failure: String?

    /// Messages that are told apart while they are counted.
    private static let mostKinds = 5_000
    private static let shown = 30
    private static let time = Duration.seconds(120)
    public static let mostContainers = 100

    private struct Key: Hashable {
        let level: String
        let text: String
    }

    private struct Tally {
        var messages: [Key: Message] = [:]
        var containers: [Key: Set<String>] = [:]
        var errors = LogErrors()
        var histogram: TimeHistogram?
    }

    /// Reads all lines once.
    ///
    /// - Parameter histogram: gets when they were.
    static func read(_ database: EvidenceDatabase, _ histogram: inout TimeHistogram?) async throws -> LogErrors {
        let tally = Mutex(Tally(histogram: histogram))
        do {
            try await database.query(
                """
                SELECT CAST(strftime('%s', time) AS INTEGER), level, message, namespace || '/' || pod || coalesce('/' || container, '')
                FROM log_lines WHERE level IN ('warning', 'error', 'fatal')
                """, limits: QueryLimits(time: time)
            ) { row in tally.withLock { Self.take(row, &$0) } }
        } catch let error as SQLError {
            tally.withLock { $0.errors.failure = error.reason }
        }
        return tally.withLock { tally in
            histogram = tally.histogram
            let all = tally.messages.map { key, message in
                var message = message
                message.containers = tally.containers[key]?.count ?? 0
                return message
            }.sorted { ($1.count, $0.text, $0.level) < ($0.count, $1.text, $1.level) }
            tally.errors.messages = Array(all.prefix(shown))
            tally.errors.left = tally.errors.lines - tally.errors.messages.reduce(0) { $0 + $1.count }
            return tally.errors
        }
    }

    private static func take(_ row: [SQLValue], _ tally: inout Tally) {
        guard row.count == 4, let level = row[1].text else { return }
        let isError = level != "warning"
        if let seconds = row[0].integer {
            tally.histogram?.add(isError ? .logError : .logWarning, seconds)
        } else {
            tally.histogram?.timelessLines += 1
        }
        guard isError else { return }
        tally.errors.lines += 1
        let key = Key(level: level, text: ReportQuery.cut(row[2].text ?? ""))
        let place = row[3].text ?? ""
        guard tally.messages[key] != nil || tally.messages.count < mostKinds else { return }
        tally.messages[key, default: Message(text: key.text, level: level, example: place)].count += 1
        if tally.containers[key, default: []].count < mostContainers {
            tally.containers[key, default: []].insert(place)
        }
    }
}
