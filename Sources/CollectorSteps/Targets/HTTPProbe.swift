internal import StructuredText

/// A question that a pod's spec has the kubelet ask a container by HTTP. All of it is the cluster's word.
/// Source: k8s.io/api `core/v1` Probe, HTTPGetAction.
public struct HTTPProbe: Sendable, Hashable {
    public enum Role: String, Sendable, Hashable, CaseIterable {
        case startup, liveness, readiness
    }

    /// A port by its number, or by its name.
    public enum Port: Sendable, Hashable {
        case number(Int)
        case name(String)
    }

    public var role: Role
    public var isTLS: Bool
    public var port: Port
    /// With its query, as the spec has it.
    public var path: String
    /// Another host than the pod; nil for the pod.
    public var host: String?
    /// Whether the kubelet sends headers that the spec names.
    public var hasHeaders: Bool

    /// In the order of a container's life.
    static func all(of container: JSONValue) -> [HTTPProbe] {
        Role.allCases.compactMap { role in
            guard let get = container["\(role.rawValue)Probe"]?["httpGet"], let port = get["port"] else { return nil }
            let number = port.int ?? port.string.flatMap { Int($0) }
            return HTTPProbe(
                role: role, isTLS: get["scheme"]?.string?.uppercased() == "HTTPS",
                port: number.map { .number($0) } ?? .name(port.string ?? ""), path: get["path"]?.string ?? "/",
                host: get["host"]?.string.flatMap { $0.isEmpty ? nil : $0 },
                hasHeaders: !(get["httpHeaders"]?.array ?? []).isEmpty)
        }
    }
}

/// What a pod's annotations say of its metrics, in the manner of the usual configuration of Prometheus.
/// Source: prometheus `documentation/examples/prometheus-kubernetes.yml`.
public struct MetricsAnnotations: Sendable, Hashable {
    public var port: String?
    public var path: String
    public var scheme: String?

    /// Nil when they do not want to be asked.
    init?(_ annotations: JSONValue?) {
        func text(_ name: String) -> String? {
            annotations?["prometheus.io/\(name)"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        }
        guard text("scrape") == "true" else { return nil }
        port = text("port")
        path = text("path") ?? "/metrics"
        scheme = text("scheme")
    }
}
