internal import ArgumentParser
internal import Collection
internal import Inspection
internal import Rows
internal import SQLite

/// A time of the command line: RFC 3339, or so long before the capture began.
enum TimelineTime: Sendable {
    case moment(String)
    case before(Duration)

    init(_ text: String) throws {
        if let duration = RunBounds.duration(text) {
            self = .before(duration)
        } else if text.utf8.count >= 10, text.first?.isNumber == true, text.contains("-") {
            self = .moment(text)
        } else {
            throw ValidationError(
                "\(text) is no time: write 2026-11-30T08:00:00Z, or 30m, 2h, 7d before the capture began")
        }
    }
}

extension TimelineTime {
    /// As the timeline writes times, so that texts compare as times do.
    func text(in database: EvidenceDatabase) async throws -> String {
        let rows: [[SQLValue]]
        switch self {
        case .moment(let text):
            rows = try await database.rows("SELECT strftime('%Y-%m-%dT%H:%M:%fZ', ?1)", [.text(text)])
        case .before(let duration):
            // What was captured by others does not say when: the newest that happened stands for it.
            rows = try await database.rows(
                """
                SELECT strftime('%Y-%m-%dT%H:%M:%fZ', coalesce((SELECT value FROM bundle WHERE name = 'started'),
                  (SELECT max(time) FROM timeline WHERE source <> 'log')), ?1)
                """, [.text("-\(duration.components.seconds) seconds")])
        }
        guard let text = rows.first?.first?.text else {
            throw ValidationError("a time cannot be understood: write 2026-11-30T08:00:00Z, or 30m, 2h, 7d")
        }
        return text
    }

    /// The same, to the nanosecond where it is said so exactly.
    func moment(in database: EvidenceDatabase) async throws -> RowTime {
        if case .moment(let text) = self, let time = RowTime(rfc3339: Array(text.utf8).span) { return time }
        let text = try await text(in: database)
        guard let time = RowTime(rfc3339: Array(text.utf8).span) else {
            throw ValidationError("the time \(text) is beyond what a log can have")
        }
        return time
    }
}

/// What of the timeline is shown.
struct TimelineFilter: Sendable {
    let since: TimelineTime?
    let until: TimelineTime?
    let namespace: String?
    let name: String?
    let isPod: Bool
    let severities: [String]
    let sources: [String]

    /// The condition of a statement over `timeline`, and the values of its parameters.
    func sql(of database: EvidenceDatabase) async throws -> (condition: String, values: [SQLValue]) {
        var parts = ["timeline.time IS NOT NULL"]
        var values: [SQLValue] = []
        func add(_ value: String) -> String {
            values.append(.text(value))
            return "?\(values.count)"
        }
        for (time, comparison) in [(since, ">="), (until, "<=")] {
            guard let time else { continue }
            parts.append("timeline.time \(comparison) \(add(try await time.text(in: database)))")
        }
        if let namespace { parts.append("namespace = \(add(namespace))") }
        if let name { parts.append("name = \(add(name))" + (isPod ? " AND kind = 'Pod'" : "")) }
        parts.append("timeline.severity IN (\(severities.map { add($0) }.joined(separator: ", ")))")
        parts.append("source IN (\(sources.map { add($0) }.joined(separator: ", ")))")
        return (parts.joined(separator: " AND "), values)
    }
}
