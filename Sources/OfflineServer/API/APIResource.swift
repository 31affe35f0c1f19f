/// What an API server serves under one name in one version, as `kubectl api-resources` lists it.
///
/// Source: k8s.io/apimachinery, pkg/apis/meta/v1/types.go, `APIResource`.
public struct APIResource: Hashable, Sendable {
    /// Empty for the core.
    public let group: String
    /// As in `v1`.
    public let version: String
    /// As in `deployments`.
    public let name: String
    /// As in `Deployment`.
    public let kind: String
    /// Else its objects are the cluster's.
    public let isNamespaced: Bool

    public init(group: String, version: String, name: String, kind: String, isNamespaced: Bool) {
        self.group = group
        self.version = version
        self.name = name
        self.kind = kind
        self.isNamespaced = isNamespaced
    }

    /// As in `apps/v1`, or `v1`.
    public var groupVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
    /// As in `deployments.apps`, or `pods`.
    public var fullName: String { group.isEmpty ? name : "\(name).\(group)" }
}
