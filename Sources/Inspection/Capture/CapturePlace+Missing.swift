internal import SQLite

extension EvidenceDatabase {
    /// Whether the capture knows of anything in a place, by its objects, logs and ledger.
    ///
    /// - Returns: nil when it does; else options that may have been meant, as `-n prod`.
    /// - Throws: `SQLError`, `CancellationError`.
    public func near(missing place: CapturePlace) async throws -> [String]? {
        guard !place.isEverywhere else { return nil }
        let rows = try await rows(
            """
            SELECT namespace, name FROM pods UNION SELECT namespace, pod FROM logs
            UNION SELECT namespace, iif(kind = 'Pod', name, NULL) FROM ledger
            UNION SELECT namespace, NULL FROM objects UNION SELECT name, NULL FROM objects WHERE kind = 'Namespace'
            UNION SELECT namespace, iif(object_kind = 'Pod', object_name, NULL) FROM events
            """)
        var namespaces: Set<String> = [], pods: Set<String> = []
        for row in rows {
            guard let namespace = row[0].text else { continue }
            if place.matches(namespace, row[1].text, place.container) { return nil }
            namespaces.insert(namespace)
            if let pod = row[1].text, place.namespace.map({ $0 == namespace }) ?? true { pods.insert(pod) }
        }
        if let namespace = place.namespace, !namespaces.contains(namespace) {
            return NearNames.of(namespace, among: namespaces).map { "-n \($0)" }
        }
        return place.pod.map { NearNames.of($0, among: pods) }?.map { "--pod \($0)" } ?? []
    }
}
