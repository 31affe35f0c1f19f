internal import KubernetesClient

/// A target that was found in the cluster, as the plan uses it.
public struct ClusterTarget: Sendable {
    public enum Reach: Sendable {
        /// Everything in the namespace.
        case namespace
        /// Everything in the cluster.
        case cluster
        /// Pods that match one of these, and what belongs to them or refers to them.
        case pods([PodFilter])
    }

    public struct PodFilter: Sendable {
        public var fieldSelector: String?
        public var labelSelector: String?
        /// UIDs of the workload and of what it owns, down to the pods' direct owners; nil: every pod that the selectors let through.
        public var ownerUIDs: Set<String>?
        public var workloads: Set<Relations.Reference> = []
        /// The pod as it was when it was looked for, if one was named: it may be gone, or not be listable, a moment later.
        public var seed: Seed?
    }

    public struct Seed: Sendable {
        public var pod: PodSummary
        /// As the API server sent it.
        public var json: [UInt8]
    }

    public var specification: TargetSpecification
    /// Empty for the whole cluster.
    public var namespace: String
    public var reach: Reach
}
