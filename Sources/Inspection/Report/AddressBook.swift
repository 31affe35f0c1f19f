internal import SQLite

/// Whose addresses are whose, as the objects of a capture say.
struct AddressBook: Sendable {
    /// By address: pods of their own network, services, nodes.
    private var owners: [IPAddress: ConnectionGraph.Node] = [:]
    /// `namespace/pod`, and what it is a part of.
    private(set) var workloads: [String: ConnectionGraph.Node] = [:]
    /// `namespace/pod`, and its ports that a service leads to.
    private(set) var served: [String: Set<Int>] = [:]
    /// A service and what its pods are parts of.
    private(set) var behind: [(service: ConnectionGraph.Node, workload: ConnectionGraph.Node)] = []
    private var podNetworks: [IPNetwork] = []
    private var nodeNetworks: [IPNetwork] = []

    var knowsNetworks: Bool { !podNetworks.isEmpty }

    /// Rows of one kind that are looked at: it is for a picture.
    private let most: Int
    /// There are more.
    private(set) var isCut = false

    private init(most: Int) {
        self.most = most
    }

    static func read(_ database: EvidenceDatabase, most: Int) async throws -> AddressBook {
        var book = AddressBook(most: most)
        try await book.addWorkloads(database)
        try await book.addServices(database)
        try await book.addNodes(database)
        try await book.addServer(database)
        return book
    }

    private mutating func rows(_ database: EvidenceDatabase, _ sql: String) async throws -> [[SQLValue]] {
        let rows = try await database.rows("\(sql) LIMIT \(most + 1)")
        guard rows.count > most else { return rows }
        isCut = true
        return Array(rows.prefix(most))
    }

    /// Keeps who had the address before.
    private mutating func add(_ address: SQLValue, _ node: ConnectionGraph.Node) {
        guard let address = address.text.flatMap({ IPAddress($0) }), owners[address] == nil else { return }
        owners[address] = node
    }

    private mutating func addWorkloads(_ database: EvidenceDatabase) async throws {
        var controllers: [String: (kind: String, name: String)] = [:]
        for row in try await rows(
            database,
            """
            SELECT kind || ' ' || coalesce(namespace, '') || '/' || name, owner_kind, owner_name FROM workloads
            WHERE owner_kind IS NOT NULL AND owner_name IS NOT NULL
            """)
        {
            guard let key = row[0].text, let kind = row[1].text, let name = row[2].text else { continue }
            controllers[key] = (kind, name)
        }
        for row in try await rows(
            database,
            "SELECT namespace, name, owner_kind, owner_name, ip, host_network FROM pods ORDER BY namespace, name"
        ) {
            let (namespace, name) = (row[0].text ?? "", row[1].text ?? "")
            var (kind, owner) = (row[2].text ?? "Pod", row[3].text ?? name)
            if let controller = controllers["\(kind) \(namespace)/\(owner)"] { (kind, owner) = controller }
            // A pod of the control plane is its node's own.
            if kind == "Node" { (kind, owner) = ("Pod", name) }
            let node = ConnectionGraph.Node(.workload, "\(kind) \(namespace)/\(owner)")
            workloads["\(namespace)/\(name)"] = node
            if row[5].integer != 1, let address = row[4].text.flatMap({ IPAddress($0) }) { owners[address] = node }
        }
    }

    private mutating func addServices(_ database: EvidenceDatabase) async throws {
        for row in try await rows(
            database,
            "SELECT namespace, name, cluster_ip FROM services ORDER BY namespace, name")
        {
            let service = ConnectionGraph.Node(.service, "Service \(row[0].text ?? "")/\(row[1].text ?? "")")
            if let address = row[2].text.flatMap({ IPAddress($0) }) { owners[address] = service }
        }
        // What a load balancer, or somebody by hand, leads to it.
        for row in try await rows(
            database,
            """
            SELECT o.namespace, o.name, a.value ->> '$.ip' FROM objects o, json_each(o.json, '$.status.loadBalancer.ingress') a
              WHERE o.kind = 'Service' AND o.api_group = '' AND a.type = 'object'
            UNION SELECT o.namespace, o.name, a.value FROM objects o, json_each(o.json, '$.spec.externalIPs') a
              WHERE o.kind = 'Service' AND o.api_group = '' AND a.type = 'text'
            UNION SELECT o.namespace, o.name, a.value FROM objects o, json_each(o.json, '$.spec.clusterIPs') a
              WHERE o.kind = 'Service' AND o.api_group = '' AND a.type = 'text'
            ORDER BY 1, 2, 3
            """)
        {
            add(row[2], ConnectionGraph.Node(.service, "Service \(row[0].text ?? "")/\(row[1].text ?? "")"))
        }
        for row in try await rows(
            database,
            "SELECT DISTINCT namespace, service, pod FROM service_pods ORDER BY 1, 2, 3")
        {
            let (namespace, name) = (row[0].text ?? "", row[1].text ?? "")
            guard let workload = workloads["\(namespace)/\(row[2].text ?? "")"] else { continue }
            let service = ConnectionGraph.Node(.service, "Service \(namespace)/\(name)")
            if behind.last?.service != service || behind.last?.workload != workload {
                behind.append((service, workload))
            }
        }
        for row in try await rows(
            database,
            """
            SELECT namespace || '/' || target_name, port FROM endpoints WHERE target_kind = 'Pod' AND port IS NOT NULL
            UNION SELECT p.namespace || '/' || p.pod, CAST(s.target_port AS INTEGER) FROM service_pods p JOIN service_ports s
              ON s.namespace = p.namespace AND s.service = p.service WHERE CAST(s.target_port AS INTEGER) > 0
            """)
        {
            guard let pod = row[0].text, let port = row[1].integer else { continue }
            served[pod, default: []].insert(Int(clamping: port))
        }
    }

    private mutating func addNodes(_ database: EvidenceDatabase) async throws {
        for row in try await rows(
            database,
            """
            SELECT n.name, n.ip, o.json ->> '$.spec.podCIDR', o.json ->> '$.spec.podCIDRs[1]' FROM nodes n
            JOIN objects o ON o.id = n.object ORDER BY n.name
            """)
        {
            if let address = row[1].text.flatMap({ IPAddress($0) }) {
                owners[address] = ConnectionGraph.Node(.host, row[0].text ?? "")
            }
            podNetworks += row[2...].compactMap { $0.text.flatMap { IPNetwork($0) } }
        }
        for row in try await rows(
            database,
            """
            SELECT o.name, a.value ->> '$.address' FROM objects o, json_each(o.json, '$.status.addresses') a
            WHERE o.kind = 'Node' AND o.api_group = '' AND a.type = 'object' ORDER BY 1, 2
            """)
        {
            add(row[1], ConnectionGraph.Node(.host, row[0].text ?? ""))
        }
        for row in try await rows(
            database,
            """
            SELECT DISTINCT node, address, prefix_length FROM host_addresses WHERE scope = 'global' ORDER BY 1, 2
            """)
        {
            guard let address = row[1].text.flatMap({ IPAddress($0) }) else { continue }
            if owners[address] == nil { owners[address] = ConnectionGraph.Node(.host, row[0].text ?? "this host") }
            if let bits = row[2].integer, let network = IPNetwork(address, bits: Int(clamping: bits)) {
                nodeNetworks.append(network)
            }
        }
    }

    /// The API server of a cluster that somebody else runs is no pod.
    private mutating func addServer(_ database: EvidenceDatabase) async throws {
        let server = ConnectionGraph.Node(.service, "Service default/kubernetes")
        for row in try await rows(
            database,
            "SELECT DISTINCT address FROM endpoints WHERE namespace = 'default' AND service = 'kubernetes' ORDER BY 1")
        {
            add(row[0], server)
        }
        for row in try await database.rows("SELECT value FROM bundle WHERE name = 'cluster_server' LIMIT 1") {
            guard let host = row[0].text.flatMap({ Self.host(ofURL: $0) }) else { continue }
            add(.text(host), server)
        }
    }

    /// Of `https://203.0.113.5:6443` and `https://[2001:db8::1]/x`: the host.
    private static func host(ofURL text: String) -> String? {
        guard let scheme = text.firstRange(of: "://") else { return nil }
        let rest = text[scheme.upperBound...]
        if rest.first == "[" { return String(rest.dropFirst().prefix { $0 != "]" }) }
        return String(rest.prefix { $0 != ":" && $0 != "/" })
    }

    /// Whose an address is.
    func node(_ address: IPAddress, text: String) -> ConnectionGraph.Node {
        if let owner = owners[address] { return owner }
        if podNetworks.contains(where: { $0.contains(address) }) {
            return .init(.uncaptured, "pods that were not captured")
        }
        if nodeNetworks.contains(where: { $0.contains(address) }) {
            return .init(.uncaptured, "others in the nodes' networks")
        }
        var node = ConnectionGraph.Node(.foreign, text)
        node.isPublic = !address.isPrivate
        return node
    }
}
