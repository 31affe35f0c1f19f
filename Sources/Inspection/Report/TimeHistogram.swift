internal import SQLite

/// How often what happened, in buckets of one axis of time.
public struct TimeHistogram: Sendable {
    /// An axis of time that ends with the capture and begins where most of what went wrong is on it.
    public struct Axis: Sendable, Hashable {
        /// Seconds since 1970, a multiple of ``step``.
        public let start: Int64
        /// Seconds of a bucket.
        public let step: Int64
        public let buckets: Int

        public var end: Int64 { start + step * Int64(buckets) }

        /// Nil outside of it.
        func bucket(_ seconds: Int64) -> Int? {
            guard seconds >= start, seconds < end else { return nil }
            return Int((seconds - start) / step)
        }
    }

    /// What is counted.
    public enum Kind: Int, Sendable, Hashable, CaseIterable {
        case eventWarning, eventNormal
        case containerFailed, containerEnded, containerStarted
        case logError, logWarning
    }

    public let axis: Axis
    public internal(set) var counts: [Kind: [Int]] = [:]
    /// Warnings and errors before the axis, and after it.
    public internal(set) var before = 0
    public internal(set) var after = 0
    /// Lines of logs that say they are errors or warnings, but have no time.
    public internal(set) var timelessLines = 0
    /// When the capture began and ended, in seconds since 1970; nil for what says nothing of it.
    public internal(set) var capture: ClosedRange<Int64>?

    init(_ axis: Axis) {
        self.axis = axis
    }

    public func counts(_ kind: Kind) -> [Int] { counts[kind] ?? [Int](repeating: 0, count: axis.buckets) }

    mutating func add(_ kind: Kind, _ seconds: Int64, _ count: Int = 1) {
        guard let bucket = axis.bucket(seconds) else { return }
        counts[kind, default: [Int](repeating: 0, count: axis.buckets)][bucket] += count
    }

    /// Adds what another has counted on the same axis.
    mutating func add(_ other: TimeHistogram) {
        for (kind, more) in other.counts {
            counts[kind] = zip(counts(kind), more).map { $0 + $1 }
        }
        timelessLines += other.timelessLines
    }

    /// Minutes of a whole axis, and of a bucket; 0: a sixtieth of the axis.
    private static let spans: [(span: Int64, step: Int64)] = [
        (15, 0), (30, 0), (60, 1), (180, 3), (360, 6), (720, 12), (1440, 20), (2880, 60), (10080, 180), (43200, 720),
        (129_600, 1440), (525_600, 10080),
    ]

    /// The shortest that holds nine of ten.
    ///
    /// - Parameter times: in seconds since 1970, when something went wrong.
    static func axis(endingAt end: Int64, times: [Int64]) -> Axis {
        let times = times.filter { $0 <= end }.sorted(by: >)
        let needed = times.isEmpty ? end : times[min(times.count * 9 / 10, times.count - 1)]
        let (span, step) = spans.first { end - needed < $0.span * 60 } ?? spans[spans.count - 1]
        let seconds = step > 0 ? step * 60 : span
        // A bucket ends with a whole one of its size; the last has the end in it.
        let last = (end / seconds + 1) * seconds
        let buckets = span * 60 / seconds
        return Axis(start: last - buckets * seconds, step: seconds, buckets: Int(buckets))
    }

    /// Events and containers; lines of logs are added by who reads them.
    static func read(_ database: EvidenceDatabase) async throws -> TimeHistogram? {
        func second(_ sql: String) async throws -> Int64? {
            try await database.rows("SELECT CAST(strftime('%s', (\(sql))) AS INTEGER)").first?.first?.integer
        }
        let began = try await second("SELECT value FROM bundle WHERE name = 'started'")
        let ended = try await second("SELECT max(time) FROM timeline WHERE source = 'capture'")
        // What others captured does not say when: the newest that happened stands for it, but for what is yet to come.
        let newest = try await second(
            "SELECT max(time) FROM timeline WHERE source IN ('event', 'container') AND julianday(time) < julianday('now') + 1"
        )
        guard let end = ended ?? began ?? newest else { return nil }
        let bad = "FROM timeline WHERE severity <> 'info' AND time IS NOT NULL AND source IN ('event', 'container')"
        let times = try await database.rows(
            "SELECT CAST(strftime('%s', time) AS INTEGER) \(bad) ORDER BY time DESC LIMIT 1000000"
        ).compactMap { $0.first?.integer }
        var histogram = TimeHistogram(axis(endingAt: end, times: times))
        histogram.before = times.count { $0 < histogram.axis.start }
        histogram.after = times.count { $0 >= histogram.axis.end }
        histogram.capture = began.map { $0...max($0, ended ?? $0) }
        let rows = try await database.rows(
            """
            SELECT (CAST(strftime('%s', time) AS INTEGER) - ?1) / ?2 AS bucket, source, severity,
              what LIKE 'container started%' AS start, count(*) FROM timeline
            WHERE source IN ('event', 'container') AND time IS NOT NULL AND CAST(strftime('%s', time) AS INTEGER) >= ?1
              AND CAST(strftime('%s', time) AS INTEGER) < ?3 GROUP BY 1, 2, 3, 4
            """,
            [.integer(histogram.axis.start), .integer(histogram.axis.step), .integer(histogram.axis.end)])
        for row in rows {
            guard row.count == 5, let bucket = row[0].integer, let count = row[4].integer else { continue }
            let kind: Kind =
                switch (row[1].text, row[2].text, row[3].integer) {
                case ("event", "info", _): .eventNormal
                case ("event", _, _): .eventWarning
                case (_, _, 1): .containerStarted
                case (_, "info", _): .containerEnded
                default: .containerFailed
                }
            histogram.add(kind, histogram.axis.start + bucket * histogram.axis.step, Int(count))
        }
        return histogram
    }
}
