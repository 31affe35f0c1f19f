internal import SQLite
internal import StructuredText

/// Finds the pods that belong to an object of another kind: by their controllers, and those of these; by a selector where no
/// controller says so, as with a Service.
struct OwnedPods {
    struct Found {
        /// Objects of this type and name: namespace each.
        var objects: [String] = []
        /// Namespace and name of each pod.
        var pods: Set<[String]> = []
        /// Names of the same type that are like it.
        var near: [String] = []
    }

    private let database: EvidenceDatabase

    init(_ database: EvidenceDatabase) {
        self.database = database
    }

    /// - Parameter namespace: a name or pattern; nil: all.
    func find(type: String, name: String, namespace: String?) async throws -> Found {
        let word = type.lowercased().split(separator: ".").first.map(String.init) ?? ""
        let kind = Self.short[word] ?? word
        var found = Found()
        var others: Set<String> = []
        let rows = try await database.rows(
            """
            SELECT namespace, name, kind, json->'$.spec.selector' FROM objects
            WHERE lower(kind) IN (?1, rtrim(?1, 's')) AND namespace IS NOT NULL AND (?2 IS NULL OR namespace GLOB ?2)
            """, [.text(kind), SQLValue(namespace.map(CapturePlace.glob))])
        for row in rows {
            guard let space = row[0].text, let other = row[1].text, let kind = row[2].text else { continue }
            guard other == name else {
                others.insert(other)
                continue
            }
            found.objects.append(space)
            var pods = try await owned(kind, name, space)
            if pods.isEmpty, let selector = row[3].text.flatMap({ try? JSONValue(parsing: $0.utf8) })?.object {
                pods = try await selected(LabelSelector(object: selector), space)
            }
            found.pods.formUnion(pods.map { [space, $0] })
        }
        // The object may not have been captured, or be gone, and its pods still name it.
        if found.objects.isEmpty {
            let orphans = try await database.rows(
                """
                SELECT namespace, name FROM pods WHERE owner_name = ?1 AND lower(owner_kind) IN (?2, rtrim(?2, 's'))
                  AND (?3 IS NULL OR namespace GLOB ?3)
                """, [.text(name), .text(kind), SQLValue(namespace.map(CapturePlace.glob))])
            found.pods.formUnion(orphans.map { $0.compactMap(\.text) })
        }
        found.near = NearNames.of(name, among: others)
        return found
    }

    private func owned(_ kind: String, _ name: String, _ namespace: String) async throws -> [String] {
        try await database.rows(
            """
            WITH RECURSIVE owned(kind, name) AS (
              VALUES (?1, ?2)
              UNION
              SELECT o.kind, o.name FROM owned w JOIN objects o
                ON o.namespace = ?3 AND o.owner_kind = w.kind AND o.owner_name = w.name
              LIMIT 100000)
            SELECT name FROM owned WHERE kind = 'Pod'
            """, [.text(kind), .text(name), .text(namespace)]
        ).compactMap { $0[0].text }
    }

    private func selected(_ selector: LabelSelector?, _ namespace: String) async throws -> [String] {
        guard let selector else { return [] }
        let rows = try await database.rows(
            """
            SELECT p.name, l.key, l.value FROM pods p JOIN labels l ON l.object = p.object WHERE p.namespace = ?1
            """, [.text(namespace)])
        var labels: [String: [String: String]] = [:]
        for row in rows {
            guard let name = row[0].text, let key = row[1].text else { continue }
            labels[name, default: [:]][key] = row[2].text ?? ""
        }
        return labels.filter { selector.matches($0.value) }.map(\.key)
    }

    /// Names that kubectl takes for kinds.
    private static let short = [
        "deploy": "deployment", "rs": "replicaset", "sts": "statefulset", "ds": "daemonset", "cj": "cronjob",
        "svc": "service", "rc": "replicationcontroller",
    ]
}
