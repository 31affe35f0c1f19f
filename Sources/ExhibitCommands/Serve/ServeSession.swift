internal import ArgumentParser
internal import Cryptography
internal import Inspection
internal import OfflineServer
internal import Rows
internal import Terminal

/// Captures that are served: a server of its own for each, and a kubeconfig for all.
///
/// Clients find a capture by its port, not by a path: kubectl's `get --raw` passes over the path of a server, and what clients keep of
/// discovery, they keep by host and port.
struct ServeSession: Sendable {
    let kubeconfig: Kubeconfig
    private let servers: [HTTPServer]
    /// Of the captures, by their names.
    let captures: [ServedCapture]
    /// The worst of what was found while they were read.
    let status: ExitStatus

    /// Opens captures, says what is wrong with them, and listens.
    ///
    /// - Throws: what opening throws; `RenderingFailure` when it cannot listen.
    init(
        _ bundles: [String], at address: ListenAddress, _ opening: IdentityFlags, _ keeping: CacheFlags
    ) async throws {
        var captures: [ServedCapture] = []
        var status = ExitStatus.ok
        for bundle in bundles {
            let database = try await keeping.open(bundle, try opening.identities(for: bundle))
            let found = try await database.conclude(bundle)
            if status == .ok { status = found }
            let name = Kubeconfig.name(of: bundle, besides: captures.map(\.name))
            captures.append(try await ServedCapture(name: name, database: database))
        }
        let token = try RunToken()
        let authority = try RunAuthority(for: address)
        var servers: [HTTPServer] = []
        var contexts: [Kubeconfig.Context] = []
        do {
            for (number, capture) in captures.enumerated() {
                let port = address.port == 0 ? 0 : address.port + number
                let server = try await Self.server(address.host, port, authority)
                servers.append(server)
                let api = ClusterAPI(capture)
                for note in try await api.notes() {
                    RenderingFailure.note("\(capture.name): \(TerminalText.escaped(note))")
                }
                try await server.serve(
                    AccessGuard(names: authority.names, port: server.port, token: token, handler: api))
                contexts.append(
                    Kubeconfig.Context(
                        name: capture.name, host: address.host, port: server.port,
                        authority: authority.credentials.authority, namespace: try await capture.namespace()))
            }
        } catch {
            for server in servers { await server.stop() }
            throw error
        }
        self.captures = captures
        self.servers = servers
        self.status = status
        kubeconfig = Kubeconfig(contexts, token: token)
        if !address.isLoopback {
            RenderingFailure.note(
                "listening on \(contexts.map(\.server).joined(separator: ", ")): whoever reaches that address can connect; only the token in the kubeconfig lets them ask"
            )
        }
    }

    private static func server(_ host: String, _ port: Int, _ authority: RunAuthority) async throws -> HTTPServer {
        guard port <= 65_535 else {
            throw ValidationError("--listen: there is no port \(port); each bundle needs one of its own")
        }
        do {
            return try await HTTPServer(host: host, port: port, credentials: authority.credentials)
        } catch {
            throw RenderingFailure(
                .unexpected,
                "listening on \(host) port \(port): \(error); without --listen a free port of 127.0.0.1 is used")
        }
    }

    func stop() async {
        await withTaskGroup(of: Void.self) { group in
            for server in servers { group.addTask { await server.stop() } }
        }
    }

    /// What each capture is, a line each. Nothing here is proved.
    func summary(of bundles: [String]) -> [String] {
        zip(captures, bundles).map { capture, bundle in
            let when = capture.captured.map { "as of \($0.words.prefix(19))Z" } ?? "of an unknown time"
            let judge =
                capture.database.capture.kind == .exhibit
                ? "not verified: exhibit verify \(ShellText.quoted(bundle))" : "nothing vouches for it"
            return "\(capture.name): \(TerminalText.escaped(bundle)), \(when), offline; \(judge)"
        }
    }
}
