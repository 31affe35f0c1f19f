/// What a run captures of the cluster, once its pods are found.
struct CapturedTargets: Sendable {
    /// Namespaces of which everything is captured, in the order of the targets; none when the target is the cluster.
    var wholeNamespaces: [String] = []
    /// Those, and the ones of the pods that were found; sorted.
    var namespaces: [String] = []
    /// Nodes of the pods, sorted.
    var nodes: [String] = []
    var isWholeCluster = false

    init(_ targets: [ClusterTarget], pods: [PodSummary]) {
        var named = Set(pods.map(\.namespace))
        for target in targets {
            switch target.reach {
            case .cluster: isWholeCluster = true
            case .namespace:
                wholeNamespaces.append(target.namespace)
                named.insert(target.namespace)
            case .pods: named.insert(target.namespace)
            }
        }
        namespaces = named.filter(ObjectMetadata.isName).sorted()
        nodes = Set(pods.compactMap(\.node)).filter(ObjectMetadata.isName).sorted()
    }
}
