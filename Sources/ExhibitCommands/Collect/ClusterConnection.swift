internal import BundleFormat
internal import CollectorSteps
internal import Glibc
internal import KubernetesClient
internal import StructuredText
internal import Terminal

/// A cluster that answered, with the targets that were found in it.
struct ClusterConnection: Sendable {
    let client: KubernetesClient
    let discovery: Discovery
    let targets: [ClusterTarget]
    let record: OpeningRecord.Cluster
    let version: ServerVersion
    /// The cluster's clock; nil when its server does not tell it.
    let clock: ServerClock?

    /// How long it may take until a cluster has answered and every target is found.
    static let patience = Duration.seconds(30)
    /// Of that, for what only describes the cluster.
    private static let uidPatience = Duration.seconds(5)

    /// Connects, asks what the server offers, and finds every target. Nothing is captured yet, so a typo costs a second.
    ///
    /// - Parameter patience: ends with a `KubernetesError` of code `timeout` after that, whatever the server does. What was asked
    ///   then is left behind: a name server or a network that drops packets takes its time also to be told that it is over.
    static func open(
        _ flags: TargetFlags, _ specifications: [TargetSpecification], _ capture: CaptureFlags, patience: Duration
    ) async throws -> ClusterConnection {
        let (connections, feed) = AsyncThrowingStream<ClusterConnection, any Error>.makeStream()
        let work = Task {
            do {
                feed.yield(try await connect(flags, specifications, capture, patience: patience))
                feed.finish()
            } catch {
                feed.finish(throwing: error)
            }
        }
        let timer = Task {
            try await Task.sleep(for: patience)
            feed.finish(
                throwing: KubernetesError(
                    code: .timeout, doing: "connecting to the cluster", subject: "",
                    reason:
                        "it did not answer everything that is needed to begin within \(Quantity.duration(patience))",
                    advice: "Check that the API server is well: kubectl get --raw /readyz"))
        }
        defer {
            work.cancel()
            timer.cancel()
        }
        for try await connection in connections { return connection }
        throw CancellationError()
    }

    private static func connect(
        _ flags: TargetFlags, _ specifications: [TargetSpecification], _ capture: CaptureFlags, patience: Duration
    ) async throws -> ClusterConnection {
        let access = try flags.access()
        var options = ClientOptions()
        options.maxConnections = capture.concurrency
        options.maxRequestsPerSecond = capture.qps
        options.userAgent = "\(ToolIdentity.name)/\(ToolIdentity.version)"
        let client = try KubernetesClient(access: access, options: options)
        do {
            let version = try await client.version()
            let discovery = try await client.discover()
            let resolver = TargetResolver(client: client, discovery: discovery)
            var targets: [ClusterTarget] = []
            for specification in specifications where specification.needsCluster {
                targets.append(try await resolver.resolve(specification, namespace: access.namespace))
            }
            let uid = await uid(client, discovery, within: min(uidPatience, patience / 4))
            let clock = client.serverClock
            let record = OpeningRecord.Cluster(
                server: access.server, context: access.contextName,
                user: access.impersonation.map { "\(access.userName), acting as \($0.user)" } ?? access.userName,
                version: version.gitVersion,
                uid: uid, clockOffsetMilliseconds: clock?.offsetMilliseconds,
                clockOffsetErrorMilliseconds: clock?.errorMilliseconds)
            return ClusterConnection(
                client: client, discovery: discovery, targets: targets, record: record, version: version, clock: clock)
        } catch {
            await client.shutdown()
            throw error
        }
    }

    /// What the steps of a capture, or its forecast, work with.
    func session(
        _ redactor: SecretRedactor, _ capture: CaptureFlags, agents: NodeAgents? = nil
    ) -> ClusterSession {
        var options = ClusterSession.Options()
        options.since = capture.since
        options.tailLines = capture.tail
        options.mayExec = capture.touch != .none
        options.sampling = capture.sampling
        return ClusterSession(
            client: client, discovery: discovery, redactor: redactor, options: options, clock: clock, version: version,
            agents: agents)
    }

    /// The uid of the namespace `kube-system` stands for the cluster; many may not read it, and nothing depends on it.
    private static func uid(
        _ client: KubernetesClient, _ discovery: Discovery, within patience: Duration
    ) async -> String? {
        guard let namespaces = discovery.resource(named: "namespaces") else { return nil }
        return await withTaskGroup(of: String?.self) { group in
            group.addTask {
                let bytes = try? await client.get(namespaces, namespace: nil, name: "kube-system")
                return bytes.flatMap { try? JSONValue(parsing: $0) }?["metadata"]?["uid"]?.string
            }
            group.addTask {
                try? await Task.sleep(for: patience)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    static func environment() -> [String: String] {
        var result: [String: String] = [:]
        for name in Kubeconfig.environmentNames {
            if let value = getenv(name) { result[name] = String(cString: value) }
        }
        return result
    }
}
