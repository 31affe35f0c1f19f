/// What an API server offers.
public struct Discovery: Sendable {
    /// A group with its versions, the preferred one first in `preferredVersion`.
    public struct Group: Hashable, Sendable {
        /// Empty for the core group.
        public var name: String
        /// In the server's order.
        public var versions: [String]
        public var preferredVersion: String

        public init(name: String, versions: [String], preferredVersion: String) {
            self.name = name
            self.versions = versions
            self.preferredVersion = preferredVersion
        }
    }

    /// A group version whose resources could not be learned: an aggregated API that is down, say.
    public struct Failure: Hashable, Sendable {
        /// As in "metrics.k8s.io/v1beta1".
        public var groupVersion: String
        public var error: KubernetesError
    }

    public var groups: [Group]
    /// All resources of all versions, in the server's order, without subresources (those are in ``APIResource/subresources``).
    public var resources: [APIResource]
    public var failures: [Failure]

    public init(groups: [Group] = [], resources: [APIResource] = [], failures: [Failure] = []) {
        self.groups = groups
        self.resources = resources
        self.failures = failures
    }

    /// Each resource once: in the group's preferred version, or else in the first version that has it.
    public var preferredResources: [APIResource] {
        let preferred = Dictionary(groups.map { ($0.name, $0.preferredVersion) }) { first, _ in first }
        var chosen: [String: Int] = [:]
        var result: [APIResource] = []
        for resource in resources {
            if let index = chosen[resource.qualifiedName] {
                if resource.version == preferred[resource.group], result[index].version != resource.version {
                    result[index] = resource
                }
            } else {
                chosen[resource.qualifiedName] = result.count
                result.append(resource)
            }
        }
        return result
    }

    /// Finds a resource by what people write: plural, singular, short name or kind, perhaps with a group
    /// ("deployments.apps") or version and group ("deployments.v1.apps"). A plural goes before a short name, the core group and
    /// the server's order before later groups.
    public func resource(named name: String) -> APIResource? {
        let wanted = name.lowercased()
        let candidates = preferredResources
        if let found = Self.find(wanted, in: candidates) { return found }
        let parts = wanted.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        if let found = Self.find(parts[0], in: candidates.filter { $0.group.lowercased() == parts[1] }) { return found }
        let rest = parts[1].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return Self.find(
            parts[0],
            in: resources.filter { $0.version == rest[0] && $0.group.lowercased() == (rest.count == 2 ? rest[1] : "") })
    }

    private static func find(_ name: String, in resources: [APIResource]) -> APIResource? {
        resources.first { $0.resource == name }
            ?? resources.first { $0.singularName == name || $0.kind.lowercased() == name }
            ?? resources.first { $0.shortNames.contains(name) }
    }
}
