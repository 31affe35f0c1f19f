internal import SQLite
package import StructuredText

/// What a capture has of the logs of one pod, by exact names.
package struct PodLogs: Sendable {
    package struct Container: Sendable {
        package let name: String
        /// `container`, `init`, `ephemeral`; nil where only its log, or the attempt at it, is known.
        package let type: String?
    }

    package struct Log: Sendable {
        package let track: LogTrack
        /// Of the file, in bytes.
        package let size: UInt64
    }

    /// An attempt to capture a log, by the ledger.
    package struct Attempt: Sendable {
        /// As in `denied`.
        package let state: String
        package let reason: String?
        package let message: String?
        package let isTruncated: Bool
        /// RFC 3339.
        package let ended: String?

        package var isGood: Bool { state == "ok" || state == "empty" }
    }

    package let namespace: String
    package let pod: String
    /// As its object has them; of a pod without an object those of which there are logs, or attempts at them. Empty where nothing says
    /// which it has: then one file may have the logs of all.
    package let containers: [Container]
    /// The pod, if its object was captured.
    package let object: JSONValue?

    private let database: EvidenceDatabase
    private let inventory: LogInventory
    private let key: LogInventory.Pod

    /// - Returns: nil when the capture knows of no such pod.
    /// - Throws: what the database throws.
    package init?(_ database: EvidenceDatabase, namespace: String, pod: String) async throws {
        // No pod is called so, and to the inventory it would be a pattern.
        guard !CapturePlace.hasWildcard(namespace), !CapturePlace.hasWildcard(pod) else { return nil }
        key = LogInventory.Pod(namespace: namespace, name: pod)
        inventory = try await LogInventory(database, namespace: namespace, pod: pod)
        guard let containers = inventory.containers[key] else { return nil }
        self.database = database
        self.namespace = namespace
        self.pod = pod
        self.containers = containers.map { Container(name: $0.name, type: $0.type) }
        let rows = try await database.rows(
            "SELECT o.json FROM pods p JOIN objects o ON o.id = p.object WHERE p.namespace = ?1 AND p.name = ?2 LIMIT 1",
            [.text(namespace), .text(pod)])
        object = try rows.first?[0].text.map { try JSONValue(parsing: $0.utf8) }
    }

    /// - Parameter container: nil where nothing says which the pod has.
    package func log(of container: String?, previous: Bool) -> Log? {
        let names = Set(containers.map(\.name))
        return inventory.files(of: container, key, [previous ? .previous : .current]).last.map { log in
            Log(
                track: LogTrack(
                    log.place, container: log.place.container ?? container, entry: log.entry,
                    containers: names.isEmpty ? nil : names),
                size: log.size)
        }
    }

    /// How a log was captured.
    package func attempt(at log: Log) async throws -> Attempt? {
        try await attempts("JOIN entries e ON e.attempt = l.attempt WHERE e.path = ?1", [.text(log.track.entry)]).first
    }

    /// Why there is no log: how the attempt ended that brought none. Nil where the ledger names none.
    package func attempt(without container: String?, previous: Bool) async throws -> Attempt? {
        let all = try await attempts(
            """
            WHERE l.step GLOB 'logs*' AND l.namespace = ?1 AND l.name = ?2
              AND (l.container IS NULL OR ?3 IS NULL OR l.container = ?3)
              AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.attempt = l.attempt AND e.role = 'log')
            """, [.text(namespace), .text(pod), SQLValue(container)])
        // The log of the container as it runs is asked for first.
        let inOrder = previous ? Array(all.reversed()) : all
        return inOrder.first { !$0.isGood } ?? inOrder.first
    }

    private func attempts(_ condition: String, _ values: [SQLValue]) async throws -> [Attempt] {
        try await database.rows(
            """
            SELECT l.state, l.reason, l.message, l.truncated, l.ended FROM ledger l \(condition)
            ORDER BY l.attempt LIMIT 100
            """, values
        ).compactMap { row in
            row[0].text.map {
                Attempt(
                    state: $0, reason: row[1].text, message: row[2].text, isTruncated: row[3].integer == 1,
                    ended: row[4].text)
            }
        }
    }

    /// Whether the container's runtime put its times in front of the lines of a log.
    ///
    /// Of what others captured their tool says it: must-gathers and Rancher's bundles have them; Troubleshoot and kubectl do not ask for
    /// them. Of a bundle of Exhibit a collector may have asked for a log without: the log's beginning says it.
    package func isStamped(_ log: Log) async throws -> Bool {
        switch database.capture.kind {
        case .mustGather, .rancher: return true
        case .troubleshoot, .clusterInfoDump: return false
        case .exhibit: break
        }
        let beginning = LogBeginning()
        var options = LogOptions()
        options.hasTimestamps = true
        do {
            _ = try await LogReader(database.capture, [log.track], options).read { try beginning.look($0) }
        } catch {
            // Of the last line, which no LF ends, it is thrown on.
            guard error is EnoughOfFile else { throw error }
        }
        return beginning.isStamped
    }
}
