package import Rows

/// What logs say, in short: which messages there are, how often, since when and until when; and the requests they tell of.
///
/// Memory is bounded: of each log 2,000 patterns are kept, of all 200,000, the most frequent ones of each; lines of others are
/// counted together, by level.
package struct LogDigest: Sendable {
    /// Lines of one log that say the same.
    package struct Pattern: Hashable, Sendable {
        package let place: LogPlace
        package let entry: String
        package let level: LogLine.Level?
        /// ``otherLines`` for what is beyond the limits.
        package let pattern: String
        package internal(set) var count: Int
        /// Of the runtime, of the first and the last of them; nil in a log without.
        package internal(set) var first: RowTime?
        package internal(set) var last: RowTime?
        /// The first of them: its number in the file, from 1, and its beginning.
        package internal(set) var line: Int
        package internal(set) var example: String
    }

    package static let otherLines = "(other lines)"

    package internal(set) var patterns: [Pattern] = []
    package internal(set) var requests = RequestTally()
    /// Lines that were looked at.
    package internal(set) var lines = 0
    package internal(set) var problems: [LogReadReport.Problem] = []
    /// Lines that are left out as they have no time, where times were asked for.
    package internal(set) var untimed = 0
    /// Lines for whose pattern, and for the rest of whose log, there was no room at all, by their level.
    package internal(set) var left: [LogLine.Level?: Int] = [:]

    /// Which of a log's lines are of interest.
    package struct Wants: Sendable {
        package let place: LogPlace
        /// Of a file of several containers; nil: all of them.
        let containers: Set<String>?
        /// How its containers begin in such a file; nil: whatever containers it has.
        let heading: LogHeading?

        package init(_ place: LogPlace) {
            self.init(place, containers: nil, heading: nil)
        }

        init(_ place: LogPlace, containers: Set<String>?, heading: LogHeading?) {
            self.place = place
            self.containers = containers
            self.heading = heading
        }
    }

    /// How much is kept.
    package struct Limits: Sendable, Hashable {
        package var patternsOfLog = 2_000
        package var patterns = 200_000

        package init() {}
    }

    /// Reads logs, in one pass.
    ///
    /// - Parameters:
    ///   - options: times and levels of it count.
    ///   - hasRequests: whether requests are looked for.
    ///   - wants: whether a file is read, and as what.
    package init(
        _ capture: any Capture, _ options: LogOptions = LogOptions(), hasRequests: Bool = false,
        limits: Limits = Limits(), _ wants: @escaping @Sendable (CapturedFile) -> Wants?
    ) async throws {
        let gathering = DigestGathering(limits)
        var chosen = LogOptions()
        (chosen.since, chosen.until, chosen.level) = (options.since, options.until, options.level)
        let lines = chosen
        try await capture.read { file in
            guard let wants = wants(file) else { return nil }
            let one: LogCutter.Wants? = wants.place.container == nil ? nil : .one(LogCutter.Want(track: 0))
            let cutter = LogCutter(
                one ?? .asTheyCome(only: wants.containers), lines, needsTimes: true,
                heading: wants.heading ?? LogHeading(wants.place))
            let taker = DigestTaker(
                file.path, wants.place, hasRequests: hasRequests, mostPatterns: limits.patternsOfLog
            ) { taker in
                gathering.add(taker.counter, taker.requests)
            }
            return try file.reading(
                LogVisitor(cutter, taker) { problem, untimed in gathering.add(problem, untimed, file.path) })
        }
        self = gathering.digest
    }

    init() {}
}

extension LogPlan {
    /// The logs of the plan, in short.
    package func digest(_ capture: any Capture, _ options: LogOptions) async throws -> LogDigest {
        var wants: [String: LogDigest.Wants] = [:]
        for (entry, tracks) in Dictionary(grouping: tracks, by: \.entry) {
            guard let track = tracks.first else { continue }
            let named = tracks.compactMap(\.container)
            let place = LogPlace(
                namespace: track.namespace, pod: track.pod, container: track.hasHeadings ? nil : track.container,
                stream: track.stream)
            wants[entry] = LogDigest.Wants(
                place, containers: named.count == tracks.count ? Set(named) : nil, heading: track.heading)
        }
        let chosen = wants
        return try await LogDigest(capture, options, hasRequests: true) { chosen[$0.path] }
    }
}
