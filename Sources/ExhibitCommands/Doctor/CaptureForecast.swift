internal import BundleFormat
internal import Collection
internal import CollectorSteps
internal import Glibc
internal import KubernetesClient
internal import LinuxHost
internal import Terminal

/// What a capture would bring: looks at the targets and asks for permissions, and captures nothing.
struct CaptureForecast {
    /// What was learnt.
    struct Result {
        var specifications: [TargetSpecification]
        var profile: String
        /// What collectors may bring in one run, of those that have such a limit.
        var collectorLimits: [String: UInt64]
        /// What the bundle's file may have.
        var maxSize: UInt64?
        /// Nil when no target is in a cluster.
        var cluster: Cluster?
        /// Why there is none, although one is needed, when the host can be captured nevertheless.
        var clusterFailure: (any Error)?
        var preview: CapturePreview
        /// The cluster is to be captured whole.
        var isClusterWide: Bool
        /// True when this host is a target, and not all of it may be read.
        var isUnprivilegedOnHost: Bool
    }

    struct Cluster {
        /// Its URL; empty where the kubeconfig names none.
        var server: String
        var context: String?
        var version: String
        var skew: ClockSkew?
        /// Nil when the server does not tell (before Kubernetes 1.28).
        var identity: UserIdentity?
    }

    let target: TargetFlags
    let capture: CaptureFlags
    let collectors: CollectorFlags
    /// Of the command line.
    let maxSize: UInt64?
    /// How far one may go to find out.
    let reach: Foresight.Reach
    /// Nil when none would be run.
    var agents: AgentPolicy?

    func made(for specifications: [TargetSpecification]) async throws -> Result {
        let selection = try collectors.selection { RenderingFailure.note($0) }
        let capture = capture.filled(by: selection.profile.limits)
        let host = try await HostPlan.made(
            specifications, target, named: collectors.added + selection.profile.collectors, capture)
        var result = Result(
            specifications: specifications, profile: selection.profile.name,
            collectorLimits: Dictionary(
                selection.catalog.collectors.compactMap { one in one.limits.bytes.map { (one.name, $0) } }
            ) { first, _ in first },
            maxSize: maxSize ?? selection.profile.limits.maxSize, preview: CapturePreview(),
            isClusterWide: specifications.contains(.cluster), isUnprivilegedOnHost: false)
        if specifications.contains(where: \.needsCluster) {
            do {
                let (cluster, preview) = try await withinPatience(capture.deadline) {
                    try await look(specifications, selection.catalog, capture)
                }
                result.cluster = cluster
                result.preview = preview
            } catch {
                guard specifications.contains(.host) else { throw error }
                result.clusterFailure = error
            }
        }
        if let host {
            await result.preview.add(own: try host.attempts(selection.catalog), reach: reach)
            result.isUnprivilegedOnHost = geteuid() != 0
        }
        await result.preview.add(
            own: LocalCapture(catalog: selection.catalog, options: collectors.plugins.options).plan(), reach: reach)
        if result.clusterFailure == nil, result.preview.unseen.isEmpty, !result.preview.isCut {
            await result.preview.add(
                own: UnmatchedCollectors.attempts(
                    selection.catalog, named: collectors.added,
                    planned: Set(result.preview.items.map(\.collector))), reach: reach)
        }
        return result
    }

    /// How long looking may take, when the deadline is not sooner.
    private static let patience = Duration.seconds(60)

    private func withinPatience<Value: Sendable>(
        _ deadline: Duration, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let limit = min(Self.patience, deadline)
        return try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: limit)
                throw KubernetesError(
                    code: .timeout, doing: "looking at what could be captured", subject: "",
                    reason: "the API server did not tell everything within \(Quantity.duration(limit))",
                    advice: "A capture would take what there is until its deadline")
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }

    private func look(
        _ specifications: [TargetSpecification], _ catalog: CollectorCatalog, _ capture: CaptureFlags
    ) async throws -> (Cluster, CapturePreview) {
        let connection = try await ClusterConnection.open(
            target, specifications, capture, patience: ClusterConnection.patience)
        do {
            // Of Secrets only their list is asked for: no key is needed that would stay.
            let now = connection.clock.map { Int($0.now / 1_000) } ?? time(nil)
            let agents = agents.map { policy in
                // Nothing is made: what would be put down is not.
                NodeAgents(
                    client: connection.client, policy: policy, runID: "00000000",
                    lifetime: capture.deadline + .seconds(60), now: now, since: capture.since, tailLines: capture.tail
                ) { _, _, _ in }
            }
            let session = connection.session(
                SecretRedactor(key: try CaseKey.forOneRun()), capture, agents: agents)
            let preview = try await ClusterCapture(session: session, catalog: catalog)
                .preview(connection.targets, reach: reach)
            let cluster = Cluster(
                server: connection.record.server ?? "", context: connection.record.context,
                version: connection.version.gitVersion, skew: ClockSkew(connection.record),
                identity: try? await connection.client.identity())
            await connection.client.shutdown()
            return (cluster, preview)
        } catch {
            await connection.client.shutdown()
            throw error
        }
    }
}
