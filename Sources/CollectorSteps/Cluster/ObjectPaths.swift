/// Where objects lie in the payload: as `oc adm inspect` and must-gather put them (format.md section 3).
package enum ObjectPaths {
    /// The folder of an API group; the core group has no name of its own.
    package static func group(_ group: String) -> String { group.isEmpty ? "core" : group }

    package static func list(namespace: String, group: String, resource: String) -> [String] {
        ["namespaces", namespace, self.group(group), "\(resource).yaml"]
    }

    package static func clusterScoped(group: String, resource: String, name: String) -> [String] {
        ["cluster-scoped-resources", self.group(group), resource, "\(name).yaml"]
    }

    package static func namespace(_ name: String) -> [String] {
        ["namespaces", name, "\(name).yaml"]
    }

    package static func pod(namespace: String, name: String) -> [String] {
        ["namespaces", namespace, "pods", name, "\(name).yaml"]
    }

    package static func log(namespace: String, pod: String, container: String, previous: Bool) -> [String] {
        ["namespaces", namespace, "pods", pod, container, container, "logs", previous ? "previous.log" : "current.log"]
    }

    package static func container(namespace: String, pod: String, container: String, _ path: [String]) -> [String] {
        ["namespaces", namespace, "pods", pod, container] + path
    }
}
