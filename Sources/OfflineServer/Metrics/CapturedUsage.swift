internal import Inspection
internal import SQLite
internal import StructuredText
internal import Synchronization

/// What a capture has of usage: the answers of the cluster's own metrics.k8s.io, else what the kubelets measured.
struct CapturedUsage: Sendable {
    enum Resource: String {
        case pods, nodes

        /// As the API calls an object of it.
        var kind: String { self == .pods ? "PodMetrics" : "NodeMetrics" }
        /// Where the kubelets' answers are.
        var table: String { self == .pods ? "kubelet_containers" : "kubelet_nodes" }
    }

    /// Usage of a pod or node.
    struct Item: Sendable {
        let namespace: String?
        let name: String
        /// Of the pod or node itself.
        let labels: JSONValue?
        /// As the API answers it.
        let object: JSONObject
    }

    static let version = "metrics.k8s.io/v1beta1"

    private let database: EvidenceDatabase

    /// Rows that are read at once; a cluster has fewer containers.
    private static let mostRows = 200_000
    /// Their text.
    private static let mostBytes = 64 << 20
    /// Nodes without usage that are named.
    private static let mostGaps = 3
    /// Over how long the kubelet measures: the interval of its housekeeping.
    private static let window = "10s"

    init(_ database: EvidenceDatabase) {
        self.database = database
    }

    func isThere() async throws -> Bool {
        for resource in [Resource.nodes, .pods] {
            if try await isCaptured(resource) { return true }
            if hasTable(resource), try await !database.rows("SELECT 1 FROM \(resource.table) LIMIT 1").isEmpty {
                return true
            }
        }
        return false
    }

    /// In the order in which the API lists objects.
    ///
    /// - Throws: ``APIFailure`` when there are too many.
    func items(of resource: Resource, namespace: String?, name: String?) async throws -> [Item] {
        if try await isCaptured(resource) { return try await captured(resource, namespace, name) }
        guard hasTable(resource) else { return [] }
        return switch resource {
        case .pods: try await pods(namespace, name)
        case .nodes: try await nodes(name)
        }
    }

    private func hasTable(_ resource: Resource) -> Bool { database.tables.contains { $0.name == resource.table } }

    /// Kubelets that were asked and did not tell: their pods are missing in lists.
    func gaps(_ resource: Resource) async throws -> [String] {
        guard try await !isCaptured(resource) else { return [] }
        let rows = try await database.rows(
            """
            SELECT coalesce(node, name, '?'), state, reason, count(*) OVER () FROM ledger
            WHERE step GLOB 'metrics*' AND collector = 'kubelet-metrics' AND state NOT IN ('ok', 'empty')
            ORDER BY attempt LIMIT \(Self.mostGaps)
            """)
        var gaps = rows.map { row in
            "usage on node \(row[0].text ?? "") was not captured: \(row[1].text ?? "")"
                + (row[2].text.map { " (\($0))" } ?? "")
        }
        if let all = rows.first?[3].integer, all > rows.count {
            gaps.append("and of \(all - Int64(rows.count)) other nodes")
        }
        return gaps
    }

    // MARK: metrics.k8s.io as it was captured

    private func isCaptured(_ resource: Resource) async throws -> Bool {
        try await !database.rows(
            "SELECT 1 FROM objects WHERE api_group = 'metrics.k8s.io' AND kind = ?1 LIMIT 1", [.text(resource.kind)]
        ).isEmpty
    }

    private func captured(_ resource: Resource, _ namespace: String?, _ name: String?) async throws -> [Item] {
        let rows = try await bounded(
            """
            SELECT m.namespace, m.name, o.json->'$.metadata.labels', m.json FROM objects m
            LEFT JOIN objects o ON o.api_group = '' AND o.kind = ?4 AND o.namespace IS m.namespace AND o.name = m.name
            WHERE m.api_group = 'metrics.k8s.io' AND m.kind = ?3
              AND (?1 IS NULL OR m.namespace = ?1) AND (?2 IS NULL OR m.name = ?2)
            ORDER BY m.namespace || '/', m.name
            """,
            [
                SQLValue(namespace), SQLValue(name), .text(resource.kind),
                .text(resource == .pods ? "Pod" : "Node"),
            ])
        return rows.compactMap { row in
            guard let name = row[1].text, let object = Self.json(row[3])?.object else { return nil }
            return Item(
                namespace: row[0].text, name: name, labels: Self.json(row[2]) ?? object["metadata"]?["labels"],
                object: object)
        }
    }

    // MARK: What the kubelets measured

    /// As metrics-server has it: pods that run, and not those of which a container has no figures. Only those that were captured, too:
    /// a kubelet tells of all pods of its node.
    private func pods(_ namespace: String?, _ name: String?) async throws -> [Item] {
        let rows = try await bounded(
            """
            SELECT p.namespace, p.name, o.json->'$.metadata.labels', k.container_name, k.measured, k.cpu_nanocores,
              k.memory_working_set_bytes
            FROM kubelet_containers k
            JOIN pods p ON p.namespace = k.pod_namespace AND p.name = k.pod_name
            JOIN objects o ON o.id = p.object
            WHERE p.phase = 'Running' AND (k.node IS NULL OR p.node IS NULL OR p.node = k.node)
              AND (?1 IS NULL OR p.namespace = ?1) AND (?2 IS NULL OR p.name = ?2)
            ORDER BY p.namespace || '/', p.name, k.rowid
            """, [SQLValue(namespace), SQLValue(name)])
        var items: [Item] = []
        var rest = rows[...]
        while let first = rest.first {
            let own = rest.prefix { $0[0] == first[0] && $0[1] == first[1] }
            rest = rest.dropFirst(own.count)
            if let item = Self.pod(own) { items.append(item) }
        }
        return items
    }

    private static func pod(_ rows: ArraySlice<[SQLValue]>) -> Item? {
        guard let first = rows.first, let namespace = first[0].text, let name = first[1].text else { return nil }
        var containers: [JSONValue] = []
        var earliest: String?
        for row in rows {
            guard let container = row[3].text, let time = row[4].text, let usage = usage(row[5], row[6]) else {
                return nil
            }
            containers.append(["name": .string(container), "usage": usage])
            earliest = min(earliest ?? time, time)
        }
        let labels = json(first[2])
        var object = head(namespace: namespace, name: name, labels, measured: earliest)
        object.append(("containers", .array(containers)))
        return Item(namespace: namespace, name: name, labels: labels, object: object)
    }

    private func nodes(_ name: String?) async throws -> [Item] {
        let rows = try await bounded(
            """
            SELECT coalesce(k.node, k.node_name) AS name, o.json->'$.metadata.labels', k.measured, k.cpu_nanocores,
              k.memory_working_set_bytes
            FROM kubelet_nodes k
            LEFT JOIN objects o ON o.api_group = '' AND o.kind = 'Node' AND o.name = coalesce(k.node, k.node_name)
            WHERE ?1 IS NULL OR coalesce(k.node, k.node_name) = ?1
            ORDER BY 1, k.measured
            """, [SQLValue(name)])
        var items: [Item] = []
        for row in rows {
            guard let name = row[0].text, let usage = Self.usage(row[3], row[4]), items.last?.name != name else {
                continue
            }
            let labels = Self.json(row[1])
            var object = Self.head(namespace: nil, name: name, labels, measured: row[2].text)
            object.append(("usage", usage))
            items.append(Item(namespace: nil, name: name, labels: labels, object: object))
        }
        return items
    }

    private static func head(
        namespace: String?, name: String, _ labels: JSONValue?, measured: String?
    ) -> JSONObject {
        // To the second, as the API writes times.
        let time = JSONValue.string((measured ?? "").prefix(19) + "Z")
        var metadata: JSONObject = ["name": .string(name)]
        if let namespace { metadata.append(("namespace", .string(namespace))) }
        metadata.append(("creationTimestamp", time))
        if let labels, labels.object?.isEmpty == false { metadata.append(("labels", labels)) }
        return ["metadata": .object(metadata), "timestamp": time, "window": .string(window)]
    }

    private static func usage(_ cpu: SQLValue, _ memory: SQLValue) -> JSONValue? {
        guard let cpu = cpu.integer, cpu >= 0, let memory = memory.integer, memory >= 0 else { return nil }
        return [
            "cpu": .string(UsageQuantity.cpu(nanocores: cpu)), "memory": .string(UsageQuantity.memory(bytes: memory)),
        ]
    }

    /// All rows, as far as they are as many as a cluster can have.
    private func bounded(_ sql: String, _ values: [SQLValue]) async throws -> [[SQLValue]] {
        let kept = Mutex<(rows: [[SQLValue]], bytes: Int)>(([], 0))
        try await database.query(sql, values) { row in
            try kept.withLock { kept in
                kept.rows.append(row)
                kept.bytes += row.reduce(0) { $0 + ($1.text?.utf8.count ?? 0) }
                guard kept.rows.count <= Self.mostRows, kept.bytes <= Self.mostBytes else {
                    throw APIFailure(
                        500, "InternalError",
                        "the capture has usage of more containers than are shown at once: ask for one namespace")
                }
            }
        }
        return kept.withLock { $0.rows }
    }

    private static func json(_ value: SQLValue) -> JSONValue? {
        value.text.flatMap { try? JSONValue(parsing: $0.utf8) }
    }
}
