/// A kind of object that an API server stores: where its objects are, and what may be done with them.
public struct APIResource: Hashable, Sendable {
    /// Empty for the core group.
    public var group: String
    public var version: String
    /// The plural name, as in "pods".
    public var resource: String
    public var kind: String
    public var namespaced: Bool
    public var verbs: [String]
    public var shortNames: [String]
    public var categories: [String]
    /// Without the resource's name, as in "log" and "exec".
    public var subresources: [String]
    public var singularName: String

    public init(
        group: String, version: String, resource: String, kind: String, namespaced: Bool, verbs: [String] = [],
        shortNames: [String] = [], categories: [String] = [], subresources: [String] = [], singularName: String = ""
    ) {
        self.group = group
        self.version = version
        self.resource = resource
        self.kind = kind
        self.namespaced = namespaced
        self.verbs = verbs
        self.shortNames = shortNames
        self.categories = categories
        self.subresources = subresources
        self.singularName = singularName
    }

    /// As in `apiVersion`: "v1", "apps/v1".
    public var groupVersion: String {
        group.isEmpty ? version : "\(group)/\(version)"
    }

    /// As kubectl names it: "pods", "deployments.apps".
    public var qualifiedName: String {
        group.isEmpty ? resource : "\(resource).\(group)"
    }

    /// The path below the server's address, encoded.
    ///
    /// - Parameters:
    ///   - namespace: nil for all namespaces, or for what has none.
    ///   - name: nil for the collection.
    /// - Throws: ``KubernetesError/Code/badArgument`` for a name that cannot be one.
    public func path(
        namespace: String?, name: String? = nil, subresource: String? = nil
    ) throws(KubernetesError) -> String {
        var segments = group.isEmpty ? ["api", version] : ["apis", group, version]
        if let namespace, namespaced { segments += ["namespaces", namespace] }
        segments.append(resource)
        if let name { segments.append(name) }
        if let subresource { segments.append(subresource) }
        return try RequestPath.join(segments, doing: "addressing \(qualifiedName.printable(limit: 120))")
    }

    static let pods = APIResource(group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true)
}
