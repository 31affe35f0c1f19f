public import BundleFormat

extension Target {
    /// The host that the tool runs on.
    public static let host = Target(kind: "Host")

    static func container(namespace: String, pod: String, container: String) -> Target {
        Target(kind: "Pod", namespace: namespace, name: pod, container: container)
    }

    /// All objects of a resource, named as kubectl does (`deployments.apps`).
    static func resource(_ resource: String, namespace: String?) -> Target {
        Target(namespace: namespace, resource: resource)
    }
}
