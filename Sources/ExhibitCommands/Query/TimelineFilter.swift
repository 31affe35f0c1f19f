internal import Inspection
internal import SQLite

/// What of the timeline is shown.
struct TimelineFilter: Sendable {
    let since: CaptureTime?
    let until: CaptureTime?
    let namespace: String?
    let pod: String?
    let name: String?
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
        func like(_ column: String, _ pattern: String) -> String {
            // Of a name, the logs of others are not read.
            pattern.contains { $0 == "*" || $0 == "?" }
                ? "\(column) GLOB \(add(CapturePlace.glob(pattern)))" : "\(column) = \(add(pattern))"
        }
        if let namespace { parts.append(like("namespace", namespace)) }
        if let pod { parts.append("\(like("name", pod)) AND kind = 'Pod'") }
        if let name { parts.append(like("name", name)) }
        parts.append("timeline.severity IN (\(severities.map { add($0) }.joined(separator: ", ")))")
        parts.append("source IN (\(sources.map { add($0) }.joined(separator: ", ")))")
        return (parts.joined(separator: " AND "), values)
    }
}
