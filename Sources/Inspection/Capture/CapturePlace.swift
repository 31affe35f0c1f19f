/// Where in a capture something is looked for: of which namespace, pod and container. Each is a name, or a pattern with `*` and `?`; nil
/// for all.
public struct CapturePlace: Hashable, Sendable {
    public var namespace: String?
    public var pod: String?
    public var container: String?

    public init(namespace: String? = nil, pod: String? = nil, container: String? = nil) {
        self.namespace = namespace
        self.pod = pod
        self.container = container
    }

    public var isEverywhere: Bool { namespace == nil && pod == nil && container == nil }

    /// Whether something of these is meant. What is of no namespace is not of any.
    func matches(_ namespace: String?, _ pod: String?, _ container: String?) -> Bool {
        Self.matches(self.namespace, namespace) && Self.matches(self.pod, pod)
            && Self.matches(self.container, container)
    }

    /// Whether a file is of it: a log by what its place says; anything else by its folders.
    public func matches(_ file: CapturedFile, of capture: any Capture) -> Bool {
        guard !isEverywhere else { return true }
        if case .log(let log) = capture.role(of: file) {
            // A file that has the logs of all containers may have this one's.
            return matches(log.namespace, log.pod, log.container ?? container)
        }
        var path = "namespaces/\(namespace ?? "*")"
        if pod != nil || container != nil { path += "/pods/\(pod ?? "*")" }
        if let container { path += "/\(container)" }
        switch capture.kind {
        case .exhibit: return PathPattern("data/" + path).matches(file.path)
        case .mustGather: return PathPattern(path).matches(file.path) || PathPattern("**/" + path).matches(file.path)
        case .troubleshoot, .clusterInfoDump, .rancher:
            // Their files of objects are of whole namespaces: a folder has its name, or the file.
            guard pod == nil, container == nil else { return false }
            return file.path.split(separator: "/").contains { part in
                Self.matches(namespace, String(part)) || Self.matches(namespace, String(part.prefix { $0 != "." }))
            }
        }
    }

    /// As SQLite's GLOB takes it: `[` stands for itself.
    package static func glob(_ pattern: String) -> String {
        String(pattern.flatMap { $0 == "[" ? Array("[[]") : [$0] })
    }

    static func hasWildcard(_ pattern: String) -> Bool { pattern.contains { $0 == "*" || $0 == "?" } }

    static func matches(_ pattern: String?, _ name: String?) -> Bool {
        guard let pattern else { return true }
        guard let name else { return false }
        return pattern == name || PathPattern(pattern).matches(name)
    }
}
