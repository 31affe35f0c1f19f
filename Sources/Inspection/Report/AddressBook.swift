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

    /// More are not looked at: it is for a picture.
    private static let most = 200_000

    static func read(_ database: EvidenceDatabase) async throws -> AddressBook {
        var book = AddressBook()
        try await book.addWorkloads(database)
        try await book.addServices(database)
        try await book.addNodes(database)
        return book
    }

    private mutating func addWorkloads(_ database: EvidenceDatabase) async throws {
        var controllers: [String: (kind: String, name: String)] = [:]
        for row in try await database.rows(
            """
            SELECT kind || ' ' || coalesce(namespace, '') || '/' || name, owner_kind, owner_name FROM workloads
            WHERE owner_kind IS NOT NULL AND owner_name IS NOT NULL LIMIT \(Self.most)
            """)
        {
            guard let key = row[0].text, let kind = row[1].text, let name = row[2].text else { continue }
            controllers[key] = (kind, name)
        }
        for row in try await database.rows(
            "SELECT namespace, name, owner_kind, owner_name, ip, host_network FROM pods ORDER BY namespace, name LIMIT \(Self.most)"
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
        for row in try await database.rows(
            "SELECT namespace, name, cluster_ip FROM services ORDER BY namespace, name LIMIT \(Self.most)")
        {
            let service = ConnectionGraph.Node(.service, "Service \(row[0].text ?? "")/\(row[1].text ?? "")")
            if let address = row[2].text.flatMap({ IPAddress($0) }) { owners[address] = service }
        }
        for row in try await database.rows(
            "SELECT DISTINCT namespace, service, pod FROM service_pods ORDER BY 1, 2, 3 LIMIT \(Self.most)")
        {
            let (namespace, name) = (row[0].text ?? "", row[1].text ?? "")
            guard let workload = workloads["\(namespace)/\(row[2].text ?? "")"] else { continue }
            let service = ConnectionGraph.Node(.service, "Service \(namespace)/\(name)")
            if behind.last?.service != service || behind.last?.workload != workload {
                behind.append((service, workload))
            }
        }
        for row in try await database.rows(
            """
            SELECT namespace || '/' || target_name, port FROM endpoints WHERE target_kind = 'Pod' AND port IS NOT NULL
            UNION SELECT p.namespace || '/' || p.pod, CAST(s.target_port AS INTEGER) FROM service_pods p JOIN service_ports s
              ON s.namespace = p.namespace AND s.service = p.service WHERE CAST(s.target_port AS INTEGER) > 0
            LIMIT \(Self.most)
            """)
        {
            guard let pod = row[0].text, let port = row[1].integer else { continue }
            served[pod, default: []].insert(Int(clamping: port))
        }
    }

    private mutating func addNodes(_ database: EvidenceDatabase) async throws {
        for row in try await database.rows(
            """
            SELECT n.name, n.ip, o.json ->> '$.spec.podCIDR', o.json ->> '$.spec.podCIDRs[1]' FROM nodes n
            JOIN objects o ON o.id = n.object ORDER BY n.name LIMIT \(Self.most)
            """)
        {
            if let address = row[1].text.flatMap({ IPAddress($0) }) {
                owners[address] = ConnectionGraph.Node(.host, row[0].text ?? "")
            }
            podNetworks += row[2...].compactMap { $0.text.flatMap { IPNetwork($0) } }
        }
        for row in try await database.rows(
            """
            SELECT DISTINCT node, address, prefix_length FROM host_addresses WHERE scope = 'global' ORDER BY 1, 2
            LIMIT \(Self.most)
            """)
        {
            guard let address = row[1].text.flatMap({ IPAddress($0) }) else { continue }
            if owners[address] == nil { owners[address] = ConnectionGraph.Node(.host, row[0].text ?? "this host") }
            if let bits = row[2].integer, let network = IPNetwork(address, bits: Int(clamping: bits)) {
                nodeNetworks.append(network)
            }
        }
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
