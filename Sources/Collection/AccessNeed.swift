/// Something that an attempt asks of the API server, as its permissions name it. Source: kubernetes.io, "Authorization", request attributes.
public struct AccessNeed: Hashable, Sendable {
    /// As in `list`, `get`, `create`.
    public var verb: String
    /// Empty for the core group.
    public var group: String
    /// The plural name, with the subresource behind a slash: `pods/log`.
    public var resource: String
    /// Nil: in all namespaces, or of what has none.
    public var namespace: String?

    public init(_ verb: String, group: String = "", _ resource: String, namespace: String?) {
        self.verb = verb
        self.group = group
        self.resource = resource
        self.namespace = namespace
    }
}

extension AccessNeed: CustomStringConvertible {
    /// `list secrets in prod`
    public var description: String {
        "\(verb) \(resource)\(group.isEmpty ? "" : ".\(group)")\(namespace.map { " in \($0)" } ?? "")"
    }
}
