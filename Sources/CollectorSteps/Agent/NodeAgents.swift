public import BundleFormat
internal import Collection
internal import FoundationEssentials
public import KubernetesClient
public import StructuredText
internal import Synchronization

/// The agents of a run: started where there are targets, and removed before the custody log is closed, whatever happens.
public final class NodeAgents: Sendable {
    /// Puts down what is done to the cluster: before it is done, and what was seen of its end.
    public typealias Custody = @Sendable (CustodyLine.Action, Target, JSONObject) async throws -> Void

    let policy: AgentPolicy
    let since: Duration?
    let tailLines: Int?
    private let client: KubernetesClient
    private let custody: Custody
    private let runID: String
    private let expiry: Int
    private let end: ContinuousClock.Instant
    /// A custody line has 1 MiB (format.md 13).
    private static let maxDetailBytes = 256 << 10

    private struct State {
        var running: [String: NodeAgent] = [:]
        /// Pods that were asked for, by node; whether they are there or not.
        var asked: [String: (pod: String, uid: String?)] = [:]
        /// Under way or done, by node.
        var removals: [String: Task<String?, Never>] = [:]
        var chosen: Set<String> = []
        var lacksNamespace = false
        var started = 0
        var failed = 0
        var isOver = false
    }

    private let state = Mutex(State())

    /// - Parameters:
    ///   - lifetime: what is left of the run, and a minute for its end: no process of an agent lives longer.
    ///   - runID: 8 hexadecimal digits at least, random.
    ///   - now: by the API server's clock, in seconds since 1970-01-01 UTC.
    public init(
        client: KubernetesClient, policy: AgentPolicy, runID: String, lifetime: Duration, now: Int,
        since: Duration?, tailLines: Int?, custody: @escaping Custody
    ) {
        self.client = client
        self.policy = policy
        self.runID = runID
        end = .now + lifetime
        expiry = now + Int(lifetime.components.seconds)
        self.since = since
        self.tailLines = tailLines
        self.custody = custody
    }

    /// The agent of a node, once it runs.
    func agent(on node: String) -> NodeAgent? { state.withLock { $0.running[node] } }

    /// Sets the nodes that get an agent.
    func choose(_ nodes: [String]) { state.withLock { $0.chosen = Set(nodes) } }

    /// Whether a node gets one.
    func covers(_ node: String?) -> Bool {
        guard let node else { return false }
        return state.withLock { $0.chosen.contains(node) }
    }

    /// The pod that would be made for a node.
    func manifest(_ node: String) -> AgentManifest {
        AgentManifest(
            policy: policy, node: node, name: "exhibit-agent-\(runID.prefix(8))-\(Self.label(node))", runID: runID,
            expiry: expiry, lifetime: max(1, Int(ContinuousClock.now.duration(to: end).components.seconds)))
    }

    /// A few letters of a node's name, so that a list of pods says what is where.
    private static func label(_ node: String) -> String {
        let kept = node.utf8.map { $0 &- 0x30 < 10 || $0 &- 0x61 < 26 ? $0 : UInt8(ascii: "-") }.suffix(40)
        // Cut-off names may be alike: the hash is of the whole.
        let hash = node.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return String(decoding: kept.drop { $0 == UInt8(ascii: "-") }, as: UTF8.self) + "-" + String(hash, radix: 36)
    }

    /// The attempt that starts the agent of a node.
    /// - Parameter execVerbs: what the server wants allowed on `pods/exec`.
    func start(_ node: String, execVerbs: [String]) -> PlannedAttempt {
        var attempt = PlannedAttempt(
            collector: "node-agent", step: "start", target: Target(kind: "Node", name: node, node: node), source: .api,
            volatility: 0, limits: StepLimits(timeout: policy.startTimeout + .seconds(15), bytes: 1 << 20),
            label: "agent on node \(node)"
        ) { context in
            do {
                let outcome = try await APIOutcome.translating {
                    try await AgentStart(agents: self, node: node).run(context)
                }
                self.isDone(outcome.state == .ok)
                return outcome
            } catch {
                self.isDone(false)
                throw error
            }
        }
        attempt.foresee = { reach in
            try await APIOutcome.translating { try await AgentStart(agents: self, node: node).foresee(reach) }
        }
        attempt.lane = .long
        attempt.needs = needs + execVerbs.map { AccessNeed($0, "pods/exec", namespace: policy.namespace) }
        return attempt
    }

    /// What an operator must be allowed to for it.
    var needs: [AccessNeed] {
        let forNamespace = ["get", "create"].map { AccessNeed($0, "namespaces", namespace: nil) }
        return (lacksNamespace ? forNamespace : []) + [
            AccessNeed("get", "nodes", namespace: nil), AccessNeed("create", "pods", namespace: policy.namespace),
            AccessNeed("get", "pods", namespace: policy.namespace),
            AccessNeed("delete", "pods", namespace: policy.namespace),
        ]
    }

    /// Whether the namespace was looked for, and is not there.
    var lacksNamespace: Bool {
        get { state.withLock { $0.lacksNamespace } }
        set { state.withLock { $0.lacksNamespace = newValue } }
    }

    /// Whether as many as are started at once have all failed.
    var isHopeless: Bool { state.withLock { $0.started == 0 && $0.failed >= policy.atOnce } }

    private func isDone(_ isRunning: Bool) {
        state.withLock { state in
            if isRunning { state.started += 1 } else { state.failed += 1 }
        }
    }

    // MARK: What a start calls

    var api: KubernetesClient { client }

    func putDown(_ action: CustodyLine.Action, _ node: String, _ detail: JSONObject) async throws {
        guard JSONValue.object(detail).serialized().count <= Self.maxDetailBytes else {
            throw StepFailure(
                .error("DetailTooLong", "what was to be done is too long to be put down, so it was not done"))
        }
        try await custody(action, Target(kind: "Node", name: node, node: node), detail)
    }

    /// False when the run is over: then nothing more is made.
    func willAsk(_ node: String, pod: String) -> Bool {
        state.withLock { state in
            guard !state.isOver else { return false }
            state.asked[node] = (pod, nil)
            return true
        }
    }

    func isMade(_ node: String, pod: String, uid: String) {
        state.withLock { $0.asked[node] = (pod, uid) }
    }

    func runs(_ node: String, pod: String, uid: String) -> NodeAgent {
        let agent = NodeAgent(client: client, policy: policy, node: node, pod: pod, uid: uid, expiry: expiry)
        state.withLock { $0.running[node] = agent }
        return agent
    }

    func isNotMade(_ node: String) {
        _ = state.withLock { $0.asked.removeValue(forKey: node) }
    }

    // MARK: The end

    /// Removes the agent of a node, or what may be there of it, and puts down what was seen. Not cancelled with the run: whatever ends
    /// that, this goes on.
    ///
    /// - Parameter patience: how long to wait until its pod is gone.
    /// - Returns: why it may still be there; nil when it was seen to be gone.
    func remove(_ node: String, patience: Duration) async -> String? {
        let removal = state.withLock { state -> Task<String?, Never>? in
            guard let asked = state.asked[node] else { return nil }
            if let removal = state.removals[node] { return removal }
            let agent = state.running.removeValue(forKey: node)
            let removal = Task.detached { [self] in
                agent?.close()
                return await removed(node, asked, patience: patience)
            }
            state.removals[node] = removal
            return removal
        }
        return await removal?.value
    }

    private func removed(_ node: String, _ asked: (pod: String, uid: String?), patience: Duration) async -> String? {
        let left = await AgentRemoval(client: client, namespace: policy.namespace, pod: asked.pod, uid: asked.uid)
            .run(patience: patience)
        // What did not work is tried again by whoever asks next.
        if left != nil { state.withLock { $0.removals[node] = nil } }
        var detail: JSONObject = [
            "namespace": .string(policy.namespace), "pod": .string(asked.pod), "gone": .bool(left == nil),
        ]
        if let uid = asked.uid { detail["uid"] = .string(uid) }
        if let left {
            detail["reason"] = .string(left)
            detail["endsBy"] = JSONValue(expiry)
        }
        try? await putDown(.podRemoved, node, detail)
        return left
    }

    /// Removes all that are left; from now on none is started.
    ///
    /// - Returns: those that may still be there, with the reason, by node.
    public func removeAll(patience: Duration) async -> [(node: String, reason: String)] {
        let nodes = state.withLock { state in
            state.isOver = true
            return state.asked.keys.sorted()
        }
        return await withTaskGroup(of: (String, String?).self) { group in
            for node in nodes { group.addTask { (node, await self.remove(node, patience: patience)) } }
            var left: [(node: String, reason: String)] = []
            for await (node, reason) in group { if let reason { left.append((node, reason)) } }
            return left.sorted { $0.node < $1.node }
        }
    }

    /// When no process of these agents lives any more, in words.
    public var endsBy: String {
        Date(timeIntervalSince1970: Double(expiry)).formatted(.iso8601)
    }
}

/// Removes one pod of ours, and looks whether it is gone.
struct AgentRemoval: Sendable {
    let client: KubernetesClient
    let namespace: String
    let pod: String
    /// Nil when nobody knows whether it was made.
    let uid: String?

    private static let pods = APIResource(group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true)

    /// All requests together take no longer than `patience`.
    func run(patience: Duration) async -> String? {
        let end = ContinuousClock.now + patience
        return await withTaskGroup(of: String?.self) { group in
            group.addTask { await self.removed(until: end) }
            group.addTask {
                try? await Task.sleep(until: end)
                return Self.unseen
            }
            defer { group.cancelAll() }
            return await group.next() ?? Self.unseen
        }
    }

    private static let unseen = "its removal was asked for, and its end was not seen"

    private func removed(until end: ContinuousClock.Instant) async -> String? {
        repeat {
            do {
                // A grace of zero would forget the pod while its container still runs.
                try await client.remove(
                    Self.pods, namespace: namespace, name: pod, RemovalOptions(graceSeconds: 1, uid: uid))
                return await gone(until: end)
            } catch {
                guard error.code == .notFound || error.code == .conflict else { return TextSafety.oneLine("\(error)") }
                if uid != nil { return nil }
            }
            // Whether it was made was never heard: the server may be about to.
            try? await Task.sleep(for: .milliseconds(500))
        } while ContinuousClock.now < end && !Task.isCancelled
        return "it was asked for, and whether it was made is not known"
    }

    private func gone(until end: ContinuousClock.Instant) async -> String? {
        repeat {
            try? await Task.sleep(for: .milliseconds(150))
            do {
                let found = try await client.get(Self.pods, namespace: namespace, name: pod)
                if isOver(try? JSONValue(parsing: found)) { return nil }
            } catch {
                if error.code == .notFound { return nil }
            }
        } while ContinuousClock.now < end && !Task.isCancelled
        return Self.unseen
    }

    /// Whether no process of it runs any more, or it is another pod.
    private func isOver(_ found: JSONValue?) -> Bool {
        if let uid, found?["metadata"]?["uid"]?.string != uid { return true }
        let status = found?["status"]?["containerStatuses"]?[0]
        // Its processes are gone; the object may stay for as long as the kubelet takes to say so.
        if status?["state"]?["terminated"] != nil { return true }
        // Nor were there ever any, and there will be none.
        return status?["state"]?["waiting"] != nil && (status?["containerID"]?.string ?? "").isEmpty
            && found?["metadata"]?["deletionTimestamp"] != nil
    }
}
