/// The columns of the kinds that an API server itself serves.
///
/// Source: k8s.io/kubernetes 1.32, pkg/printers/internalversion/printers.go, as a server prints for `-o wide`, which it always does.
enum KindColumns {
    /// - Returns: nil for a resource that has no columns of its own.
    static func columns(of resource: APIResource) -> [PrintedColumn]? {
        var name = resource.fullName
        // Where some of them lived before.
        if resource.group == "extensions" {
            let isOfNetwork = ["ingresses", "networkpolicies"].contains(resource.name)
            name = "\(resource.name).\(isOfNetwork ? "networking.k8s.io" : "apps")"
        }
        return all[name]
    }

    private static let all: [String: [PrintedColumn]] =
        [
            pods, workloads, batch, network, cluster, events, configuration, storage, access, autoscaling, server,
        ].reduce(into: [:]) { all, family in all.merge(family) { first, _ in first } }
}
