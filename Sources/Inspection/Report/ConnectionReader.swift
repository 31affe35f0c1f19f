internal import SQLite
internal import Synchronization

/// Makes the picture of connections from the sockets of a capture.
struct ConnectionReader: Sendable {
    private static let mostNodes = 60
    private static let mostLinks = 150
    /// Kinds of links that are told apart.
    private static let mostKinds = 50_000

    private struct Key: Hashable {
        let from: ConnectionGraph.Node
        let to: ConnectionGraph.Node
        let port: Int
    }

    private struct Sides {
        var asClient = 0
        var asServer = 0
        var processes: Set<String> = []
    }

    private struct State {
        var graph = ConnectionGraph()
        var links: [Key: Sides] = [:]
        /// Workloads whose own sockets were captured.
        var seen: Set<ConnectionGraph.Node> = []
        /// Of a pod or host, ports that it listens on.
        var listening: [String: Set<Int>] = [:]
        var open: [ConnectionGraph.Node: Set<Int>] = [:]
        /// Of the present statement.
        var rows = 0
        var isCut = false
    }

    private final class States: Sendable {
        let state = Mutex(State())
    }

    let database: EvidenceDatabase
    let book: AddressBook
    /// That are looked at, of pods and of hosts, of those that listen and of those that are connected.
    let mostSockets: Int

    func read() async throws -> ConnectionGraph {
        let states = States()
        do {
            // What listens first: it says which side began. Pods before hosts, which have the sockets of their pods, too.
            for place in ["pod IS NOT NULL", "pod IS NULL"] {
                try await ask("state = 'LISTEN' AND \(place)", states) { listen($0, &$1) }
            }
            for place in ["pod IS NOT NULL", "pod IS NULL"] {
                try await ask("state = 'ESTAB' AND \(place)", states) { connect($0, &$1) }
            }
        } catch let error as SQLError {
            states.state.withLock { $0.graph.failure = error.reason }
        }
        return states.state.withLock { graph($0) }
    }

    /// Each socket once: every container of a pod has those of the pod, and tells by its own tools what its node tells, too.
    private func ask(
        _ condition: String, _ states: States, _ take: @escaping @Sendable ([SQLValue], inout State) -> Void
    ) async throws {
        states.state.withLock { $0.rows = 0 }
        try await database.query(
            """
            SELECT namespace, pod, node, local_address, local_port, remote_address, remote_port, max(process) FROM sockets
            WHERE \(condition) AND family IN ('tcp', 'tcp6') GROUP BY 1, 2, 3, 4, 5, 6, 7 LIMIT \(mostSockets + 1)
            """
        ) { [mostSockets] row in
            states.state.withLock { state in
                state.rows += 1
                if state.rows <= mostSockets {
                    take(row, &state)
                } else {
                    state.isCut = true
                }
            }
        }
    }

    /// What a row is of.
    private func place(_ row: [SQLValue]) -> (key: String, node: ConnectionGraph.Node) {
        guard let pod = row[1].text else {
            let host = row[2].text ?? "this host"
            return ("node " + host, ConnectionGraph.Node(.host, host))
        }
        let key = "\(row[0].text ?? "")/\(pod)"
        return (key, book.workloads[key] ?? ConnectionGraph.Node(.workload, "Pod \(key)"))
    }

    private func listen(_ row: [SQLValue], _ state: inout State) {
        let (key, node) = place(row)
        guard let port = row[4].integer.map({ Int(clamping: $0) }) else { return }
        state.listening[key, default: []].insert(port)
        guard node.kind == .workload, row[3].text.flatMap({ IPAddress($0) })?.isLoopback != true,
            book.served[key]?.contains(port) != true
        else { return }
        state.open[node, default: []].insert(port)
    }

    private func connect(_ row: [SQLValue], _ state: inout State) {
        state.graph.sockets += 1
        let (key, place) = place(row)
        var node = place
        if row[1].text != nil {
            state.seen.insert(node)
        } else if let text = row[3].text, let local = IPAddress(text), !local.isLoopback, !local.isUnspecified {
            // Of another network namespace of the host: a pod's, whose own sockets say it already where they were captured.
            let owner = book.node(local, text: text)
            if owner.kind == .workload || owner.kind == .uncaptured { node = owner }
            if state.seen.contains(owner) { return }
        }
        guard let localPort = row[4].integer, let text = row[5].text, let address = IPAddress(text),
            let remotePort = row[6].integer
        else { return }
        let isMapped = text.lowercased().hasPrefix("::ffff:")
        let peer = book.node(address, text: isMapped ? String(text.dropFirst(7)) : text)
        guard !address.isLoopback, peer != node, !(address.isUnspecified) else {
            state.graph.own += 1
            return
        }
        let isServer = state.listening[key]?.contains(Int(clamping: localPort)) == true
        let link =
            isServer
            ? Key(from: peer, to: node, port: Int(clamping: localPort))
            : Key(from: node, to: peer, port: Int(clamping: remotePort))
        guard state.links[link] != nil || state.links.count < Self.mostKinds else {
            state.graph.linksLeft += 1
            return
        }
        if isServer {
            state.links[link, default: Sides()].asServer += 1
        } else {
            state.links[link, default: Sides()].asClient += 1
        }
        if let process = row[7].text, state.links[link, default: Sides()].processes.count < 5 {
            state.links[link, default: Sides()].processes.insert(process)
        }
    }

    // MARK: What is shown of it

    /// The higher the more telling.
    private func rank(_ key: Key) -> Int {
        let ends = [key.from, key.to]
        if ends.contains(where: { $0.kind == .foreign && $0.isPublic }) { return 3 }
        if ends.contains(where: { $0.kind == .foreign }) { return 2 }
        return ends.contains { $0.kind == .workload } ? 1 : 0
    }

    private func graph(_ state: State) -> ConnectionGraph {
        var graph = state.graph
        graph.knowsNetworks = book.knowsNetworks
        graph.isCut = state.isCut || book.isCut
        let links = state.links.map {
            (key: $0.key, sides: $0.value, rank: rank($0.key), count: max($0.value.asClient, $0.value.asServer))
        }
        .sorted { left, right in
            (right.rank, right.count, left.key.from.name, left.key.to.name, left.key.port)
                < (left.rank, left.count, right.key.from.name, right.key.to.name, right.key.port)
        }
        var numbers: [ConnectionGraph.Node: Int] = [:]
        var left: Set<ConnectionGraph.Node> = []
        func number(_ node: ConnectionGraph.Node) -> Int? {
            if let number = numbers[node] { return number }
            guard numbers.count < Self.mostNodes else {
                left.insert(node)
                return nil
            }
            numbers[node] = numbers.count
            graph.nodes.append(node)
            graph.nodes[graph.nodes.count - 1].withoutService = state.open[node]?.sorted() ?? []
            return numbers[node]
        }
        for link in links {
            guard let from = number(link.key.from), let to = number(link.key.to), graph.links.count < Self.mostLinks
            else {
                graph.linksLeft += 1
                continue
            }
            graph.links.append(
                .init(
                    from: from, to: to, port: link.key.port, connections: link.count,
                    processes: link.sides.processes.sorted()))
        }
        // Then what listens and nobody leads to it, though nobody was connected.
        for node in state.open.keys.sorted(by: { $0.name < $1.name }) { _ = number(node) }
        for (service, workload) in book.behind {
            guard let from = numbers[service], let to = numbers[workload] else { continue }
            graph.links.append(.init(from: from, to: to, port: nil, connections: 0, processes: []))
        }
        graph.nodesLeft = left.count
        return graph
    }
}
