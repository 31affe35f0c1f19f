/// How node agents are to be run, as the operator wants it.
public struct AgentPolicy: Sendable, Hashable {
    /// A taint that an agent is to tolerate. Source: k8s.io/api `core/v1` Toleration.
    public struct Toleration: Sendable, Hashable {
        /// Nil with no effect: every taint.
        public var key: String?
        public var value: String?
        public var effect: String?

        public init(key: String?, value: String? = nil, effect: String? = nil) {
            self.key = key
            self.value = value
            self.effect = effect
        }
    }

    /// With its digest: `registry.example.org/exhibit@sha256:…`. A tag would let whoever can push it run what they like on the node.
    public var image: String
    /// Where the pods are; made when it is not there, and never removed.
    public var namespace = AgentPolicy.defaultNamespace
    public var tolerations = [Toleration(key: nil)]
    /// The most that it may take, as Kubernetes writes it; what it asks for is in ``AgentManifest``.
    public var cpu = "1"
    public var memory = "256Mi"
    /// Names of secrets in the namespace that the image is pulled with.
    public var pullSecrets: [String] = []
    /// Nodes that agents are started on at once.
    public var atOnce = 4
    /// Nodes of one run; the pods of others are captured as without agents.
    public var mostNodes = 50
    /// How long the image may take to be there and the pod to run.
    public var startTimeout = Duration.seconds(45)

    public static let defaultNamespace = "exhibit-agents"

    public init(image: String) {
        self.image = image
    }

    /// Whether an image is named by its digest.
    public static func hasDigest(_ image: String) -> Bool {
        let bytes = Array(image.utf8)
        let digest = bytes.suffix(64)
        return bytes.count > 72 && bytes.dropLast(64).suffix(8).elementsEqual("@sha256:".utf8)
            && digest.allSatisfy { $0 &- 0x30 < 10 || $0 &- 0x61 < 6 }
            && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
