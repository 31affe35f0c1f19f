/// Who was connected with whom: workloads, services, nodes and addresses, and connections between them by port.
public struct ConnectionGraph: Sendable {
    public struct Node: Sendable, Hashable {
        public enum Kind: Int, Sendable, Hashable {
            /// The controller of pods, or a pod that has none.
            case workload
            case service
            /// A node of the cluster, or a host.
            case host
            /// Pods or services of the cluster's networks that were not captured, all of them together.
            case uncaptured
            /// An address outside of all networks of pods, services and nodes that are known.
            case foreign
        }

        public let kind: Kind
        /// `Deployment prod/web`, `Service prod/db`, `node1`, `203.0.113.7`.
        public let name: String
        /// Of a foreign address: it is of the Internet.
        public internal(set) var isPublic = false
        /// Ports that it listens on, beyond loopback, and that no service leads to.
        public internal(set) var withoutService: [Int] = []

        init(_ kind: Kind, _ name: String) {
            self.kind = kind
            self.name = name
        }
    }

    public struct Link: Sendable, Hashable {
        /// Who began it. A place in ``ConnectionGraph/nodes``.
        public let from: Int
        public let to: Int
        /// Where it led to; nil for a service and its pods.
        public let port: Int?
        /// As both sides saw it: the larger.
        public let connections: Int
        /// Processes that hold it, the first few.
        public let processes: [String]
    }

    /// The most telling.
    public internal(set) var nodes: [Node] = []
    /// Between ``nodes``: foreign ones first, then the most frequent.
    public internal(set) var links: [Link] = []
    public internal(set) var nodesLeft = 0
    public internal(set) var linksLeft = 0
    /// Sockets that were looked at.
    public internal(set) var sockets = 0
    /// Connections of a host or pod with itself, which are not shown.
    public internal(set) var own = 0
    /// Why it is not all of it; nil when it is.
    public internal(set) var failure: String?
    /// There are more sockets, or more pods, services and nodes, than are looked at.
    public internal(set) var isCut = false
    /// Whether networks of pods are known: else every address that is no pod's, service's or node's counts as foreign.
    public internal(set) var knowsNetworks = false

    public var foreign: Int { nodes.count { $0.kind == .foreign } }
}
