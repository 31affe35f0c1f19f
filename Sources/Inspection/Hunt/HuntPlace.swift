internal import SQLite

extension Hunt {
    /// Whether the capture knows of anything in the place that is looked at, by its objects, logs and ledger.
    ///
    /// - Returns: nil when it does; else names that may have been meant.
    public func namesNearMissingPlace() async throws -> [String]? {
        let place = options.place
        guard !place.isEverywhere else { return nil }
        let rows = try await database.rows(
            """
            SELECT namespace, name FROM pods UNION SELECT namespace, pod FROM logs
            UNION SELECT namespace, iif(kind = 'Pod', name, NULL) FROM ledger
            UNION SELECT namespace, NULL FROM objects UNION SELECT name, NULL FROM objects WHERE kind = 'Namespace'
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
