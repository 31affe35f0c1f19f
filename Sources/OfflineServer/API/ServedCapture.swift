public import Inspection
public import Rows
internal import SQLite

/// A capture that is served: what everything here asks.
public struct ServedCapture: Sendable {
    /// How it is called in the kubeconfig.
    public let name: String
    /// Its tables, and the capture itself.
    public let database: EvidenceDatabase
    /// When it was captured: ages are counted to then. Nil where nothing says it.
    public let captured: RowTime?

    public init(name: String, database: EvidenceDatabase, captured: RowTime?) {
        self.name = name
        self.database = database
        self.captured = captured
    }

    /// Asks the capture when it was made: the time at which it began, as a bundle says it. Captures of other tools do not; the newest
    /// that happened in them stands for it, logs aside, as logs are many and their clocks their own. Anybody can write a time to come
    /// into an object; a day is for clocks and zones that are off.
    ///
    /// - Throws: what asking it throws.
    public init(name: String, database: EvidenceDatabase) async throws {
        var text = try await database.rows("SELECT value FROM bundle WHERE name = 'started'").first?.first?.text
        if text == nil {
            text =
                try await database.rows(
                    """
                    SELECT max(time) FROM timeline
                    WHERE source <> 'log' AND time <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+1 day')
                    """
                ).first?.first?.text
        }
        self.init(name: name, database: database, captured: text.flatMap { RowTime(rfc3339: Array($0.utf8).span) })
    }

    /// The namespace that the capture is of, where it is of one: the only one that has pods in it, or the only target.
    ///
    /// - Throws: what asking it throws.
    public func namespace() async throws -> String? {
        let targets =
            try await database.rows("SELECT value FROM bundle WHERE name = 'targets'").first?.first?.text ?? ""
        let words = targets.split(separator: " ")
        guard !words.contains("cluster") else { return nil }
        let pods = try await database.rows("SELECT DISTINCT namespace FROM pods WHERE namespace <> '' LIMIT 2")
        var found = pods.compactMap { $0.first?.text }
        if found.isEmpty { found = words.filter { $0.hasPrefix("namespace/") }.map { String($0.dropFirst(10)) } }
        guard found.count == 1, let only = found.first, APINames.isLabel(only) else { return nil }
        return only
    }
}
