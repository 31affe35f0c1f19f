public import KubernetesClient
internal import StructuredText

/// Pods of agents that are still there: of runs under way, or of some that could not remove them.
public struct AgentLeftovers: Sendable {
    public struct Pod: Sendable, Hashable {
        public var name: String
        public var uid: String
        public var node: String
        /// `Running`, `Failed` …
        public var phase: String
        /// When its processes end by themselves, in seconds since 1970-01-01 UTC; nil when it does not say.
        public var expires: Int?
    }

    private static let pods = APIResource(group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true)

    private let client: KubernetesClient
    private let namespace: String

    public init(client: KubernetesClient, namespace: String) {
        self.client = client
        self.namespace = namespace
    }

    /// Those in the namespace, by name.
    public func list() async throws -> [Pod] {
        var found: [Pod] = []
        _ = try await client.list(Self.pods, namespace: namespace, labelSelector: AgentManifest.selector) { item in
            guard let pod = try? JSONValue(parsing: item), let name = pod["metadata"]?["name"]?.string,
                let uid = pod["metadata"]?["uid"]?.string
            else { return }
            found.append(
                Pod(
                    name: name, uid: uid, node: pod["spec"]?["nodeName"]?.string ?? "",
                    phase: pod["status"]?["phase"]?.string ?? "Unknown",
                    expires: pod["metadata"]?["annotations"]?[AgentManifest.expires]?.string.flatMap { Int($0) }))
        }
        return found.sorted { $0.name < $1.name }
    }

    /// Removes one of them: that very pod, not one that has its name meanwhile.
    ///
    /// - Returns: why it may still be there; nil when it was seen to be gone.
    public func remove(_ pod: Pod) async -> String? {
        await AgentRemoval(client: client, namespace: namespace, pod: pod.name, uid: pod.uid).run(
            patience: .seconds(20))
    }
}
