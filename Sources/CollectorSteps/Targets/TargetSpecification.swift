/// What the operator asked for, as typed: `host`, `cluster`, `namespace/prod`, `pod/api-7d9`, `deployment/api` …
public enum TargetSpecification: Sendable, Hashable {
    case host
    case cluster
    case namespace(String)
    case pod(String)
    /// Any other namespaced resource by its kind, plural or short name: a workload, also a custom one.
    case workload(resource: String, name: String)
    /// Pods by label selector (`-l`).
    case selector(String)

    /// Reads one argument. Nil when it has not the form `host`, `cluster` or `RESOURCE/NAME`.
    public init?(_ text: String) {
        switch text {
        case "host", "node/self":
            self = .host
        case "cluster":
            self = .cluster
        default:
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, !parts[1].contains("/") else { return nil }
            switch parts[0].lowercased() {
            case "namespace", "namespaces", "ns": self = .namespace(parts[1])
            case "pod", "pods", "po": self = .pod(parts[1])
            default: self = .workload(resource: parts[0].lowercased(), name: parts[1])
            }
        }
    }

    /// As it stands in the opening record.
    public var text: String {
        switch self {
        case .host: "host"
        case .cluster: "cluster"
        case .namespace(let name): "namespace/\(name)"
        case .pod(let name): "pod/\(name)"
        case .workload(let resource, let name): "\(resource)/\(name)"
        case .selector(let selector): "pods -l \(selector)"
        }
    }

    public var needsCluster: Bool { self != .host }
}
