internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import StructuredText

/// Makes the pod of an agent on one node, waits until it runs, and hears who it is.
struct AgentStart: Sendable {
    static let nodes = APIResource(group: "", version: "v1", resource: "nodes", kind: "Node", namespaced: false)
    static let namespaces = APIResource(
        group: "", version: "v1", resource: "namespaces", kind: "Namespace", namespaced: false)
    static let pods = APIResource(group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true)
    /// What the published images are made for.
    private static let architectures: Set<String> = ["amd64"]

    let agents: NodeAgents
    let node: String

    func run(_ context: AttemptContext) async throws -> Outcome {
        if let reason = try await objection() { return reason }
        try await ensureNamespace()
        let manifest = agents.manifest(node)
        guard agents.willAsk(node, pod: manifest.name) else {
            return .skipped("RunEnded", "not begun: the run was ended early")
        }
        do {
            let pod = try await make(manifest)
            let outcome = try await use(pod, manifest, context)
            if outcome.state != .ok { _ = await agents.remove(node, patience: .seconds(2)) }
            return outcome
        } catch {
            _ = await agents.remove(node, patience: .seconds(2))
            throw error
        }
    }

    /// Why there can be no agent on this node: seen before anything is made.
    func objection() async throws -> Outcome? {
        // Who may not see it goes on: the pod will tell.
        guard let object = try await seen(Self.nodes, node) else { return nil }
        let labels = object["metadata"]?["labels"]
        if let system = labels?["kubernetes.io/os"]?.string, system != "linux" {
            return .skipped("NotLinux", "the node runs \(TextSafety.oneLine(system)): a node agent needs Linux")
        }
        if let kind = labels?["kubernetes.io/arch"]?.string, !Self.architectures.contains(kind) {
            return .skipped("OtherArchitecture", "the node is \(TextSafety.oneLine(kind)): the image is for amd64")
        }
        let conditions = object["status"]?["conditions"]?.array ?? []
        func status(_ type: String) -> String? { conditions.first { $0["type"]?.string == type }?["status"]?.string }
        if let ready = status("Ready"), ready != "True" {
            return .missing("NodeNotReady", "the node is not ready: a pod made for it would not start")
        }
        if status("DiskPressure") == "True" {
            return .skipped("DiskPressure", "the node is short of disk: an image more could make it remove evidence")
        }
        return nil
    }

    /// An object of the cluster; nil when this user may not look at it.
    private func seen(_ resource: APIResource, _ name: String) async throws -> JSONValue? {
        let answer: Result<[UInt8], KubernetesError>
        do {
            answer = .success(try await agents.api.get(resource, namespace: nil, name: name))
        } catch {
            answer = .failure(error)
        }
        if case .failure(let error) = answer, error.code == .forbidden { return nil }
        return try JSONValue(parsing: try answer.get())
    }

    private func ensureNamespace() async throws {
        let name = agents.policy.namespace
        do {
            // Who may not see it goes on: whether it is there shows when the pod is made.
            _ = try await seen(Self.namespaces, name)
        } catch let error as KubernetesError {
            guard error.code == .notFound else { throw error }
            try await makeNamespace(name)
        }
    }

    private func makeNamespace(_ name: String) async throws {
        try await agents.putDown(.namespaceCreated, node, ["namespace": .string(name)])
        do {
            _ = try await agents.api.create(
                Self.namespaces, namespace: nil, JSONValue.object(AgentManifest.namespace(name)).serialized())
        } catch {
            // Another node's agent was quicker.
            guard error.code == .conflict else { throw error }
        }
    }

    /// - Returns: the pod as the server admitted it.
    private func make(_ manifest: AgentManifest) async throws -> JSONValue {
        let pod = manifest.pod
        try await agents.putDown(.podCreated, node, ["manifest": .object(pod)])
        let bytes: [UInt8]
        do {
            bytes = try await agents.api.create(
                Self.pods, namespace: agents.policy.namespace, JSONValue.object(pod).serialized())
        } catch {
            // After these nothing was made; after others nobody knows.
            if [.forbidden, .notFound, .unauthorized, .badRequest, .conflict, .tooManyRequests].contains(error.code) {
                agents.isNotMade(node)
            }
            throw error
        }
        let admitted = try JSONValue(parsing: bytes)
        let uid = admitted["metadata"]?["uid"]?.string ?? ""
        agents.isMade(node, pod: manifest.name, uid: uid)
        return admitted
    }

    private func use(
        _ admitted: JSONValue, _ manifest: AgentManifest, _ context: AttemptContext
    ) async throws -> Outcome {
        if let refusal = Self.refusal(admitted, manifest) { return refusal }
        let pod: JSONValue
        switch try await running(manifest) {
        case .runs(let found): pod = found
        case .never(let outcome): return outcome
        }
        let uid = pod["metadata"]?["uid"]?.string ?? ""
        let status = pod["status"]?["containerStatuses"]?[0]
        // The kubelet's words.
        let imageID = status?["imageID"]?.string.map { JSONValue.string(TextSafety.oneLine($0)) }
        try await agents.putDown(
            .agent, node,
            [
                "pod": .string(manifest.name), "uid": .string(uid),
                "imageID": imageID ?? .null,
            ])
        let agent = agents.runs(node, pod: manifest.name, uid: uid)
        let hello: AgentHello
        do {
            hello = try await agent.hello()
        } catch let error as AgentProtocolError {
            return .error("AgentFailed", "the node agent \(error.reason)")
        }
        var record = hello.json
        record["imageID"] = imageID
        record["pod"] = .string(manifest.name)
        try await context.entry(
            ["nodes", node, "agent", "agent.json"], media: .json, bytes: JSONValue.object(record).serialized() + [0x0A])
        return .ok
    }

    /// Nil when the server has admitted the pod as it was asked for.
    static func refusal(_ admitted: JSONValue, _ manifest: AgentManifest) -> Outcome? {
        manifest.difference(admitted).map { difference in
            .denied("PodChanged", "the cluster did not admit the agent's pod as it was asked for: \(difference)")
        }
    }

    private enum Start {
        case runs(JSONValue)
        case never(Outcome)
    }

    /// Waits until the pod runs, or it is clear that it will not.
    private func running(_ manifest: AgentManifest) async throws -> Start {
        let end = ContinuousClock.now + agents.policy.startTimeout
        var pause = Duration.milliseconds(100)
        var last = "nothing was heard of it"
        while ContinuousClock.now < end {
            try await Task.sleep(for: pause)
            pause = min(pause * 1.3, .seconds(1))
            let pod = try JSONValue(
                parsing: try await agents.api.get(
                    Self.pods, namespace: agents.policy.namespace, name: manifest.name))
            let status = pod["status"]
            let phase = status?["phase"]?.string ?? ""
            if phase == "Failed" || phase == "Succeeded" {
                let words = [status?["reason"]?.string, status?["message"]?.string].compactMap(\.self)
                return .never(
                    .error("AgentEnded", "the agent's pod ended: \(TextSafety.oneLine(words.joined(separator: ": ")))"))
            }
            let state = status?["containerStatuses"]?[0]?["state"]
            if state?["running"] != nil { return .runs(pod) }
            guard let waiting = state?["waiting"] else { continue }
            let reason = waiting["reason"]?.string ?? ""
            last = TextSafety.oneLine("\(reason) \(waiting["message"]?.string ?? "")")
            if Self.hopeless.contains(reason) {
                return .never(.error("AgentNotStarted", "the agent's pod does not start: \(last)"))
            }
        }
        return .never(
            Outcome(
                .timeout,
                reason: .init(
                    code: "AgentNotStarted",
                    message: "the agent's pod did not run within \(agents.policy.startTimeout): \(last)")))
    }

    /// Reasons of a container to wait that do not go away by waiting. Source: kubernetes `pkg/kubelet/images/types.go` and
    /// `pkg/kubelet/kuberuntime`.
    private static let hopeless: Set<String> = [
        "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError",
        "CreateContainerConfigError", "CreateContainerError", "RunContainerError", "CrashLoopBackOff",
    ]
}
