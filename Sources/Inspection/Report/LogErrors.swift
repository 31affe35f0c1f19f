/// What logs say most often when they say that something is wrong.
public struct LogErrors: Sendable {
    /// The same words but for numbers and the like, wherever they stand.
    public struct Message: Sendable, Hashable {
        /// The line, or with `<*>` for what changes what several of them have in common; at most ``ReportQuery/longest`` characters.
        public let text: String
        public let level: String
        public let count: Int
        /// One of those that say so: `namespace/pod/container`.
        public let example: String
        /// How many containers do; ``LogErrors/mostContainers`` stands for that many or more.
        public let containers: Int
    }

    /// The most frequent first.
    public internal(set) var messages: [Message] = []
    /// Lines that say they are errors.
    public internal(set) var lines = 0
    /// Lines whose messages are not in ``messages``.
    public internal(set) var left = 0
    /// Why not all logs were read; nil when they were.
    public internal(set) var failure: String?

    private static let shown = 30
    private static let time = Duration.seconds(180)
    public static let mostContainers = 100

    /// Reads all logs once, on all cores.
    ///
    /// - Parameter histogram: gets when they were.
    /// - Throws: `CancellationError`.
    static func read(_ database: EvidenceDatabase, _ histogram: inout TimeHistogram?) async throws -> LogErrors {
        let gathering = LogErrorGathering(LogErrorTally(histogram?.axis))
        let failure = try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask { try await gathering.read(database) }
            group.addTask {
                try await Task.sleep(for: time)
                return "it took longer than \(time.components.seconds) s"
            }
            let failure = try await group.next() ?? nil
            group.cancelAll()
            return failure
        }
        let tally = gathering.tally
        if let found = tally.histogram { histogram?.add(found) }
        var errors = LogErrors()
        errors.lines = tally.lines
        errors.messages = tally.sorted.prefix(shown).map { message in
            Message(
                text: ReportQuery.cut(message.count == 1 ? message.line : message.pattern),
                level: message.level.rawValue,
                count: message.count, example: message.place, containers: message.places.count)
        }
        errors.left = errors.lines - errors.messages.reduce(0) { $0 + $1.count }
        errors.failure = failure
        return errors
    }
}
