internal import KubernetesClient
internal import StructuredText

/// Follows owner references upwards: from pods to ReplicaSet, Deployment and whatever custom resource owns that.
struct OwnerChain: Sendable {
    /// Chains in the wild are at most four long; a cycle made by hand ends here.
    static let maxDepth = 8
    /// Owners looked at in all.
    static let maxOwners = 2_000

    let session: ClusterSession

    struct Owners: Sendable {
        var uids: Set<String> = []
        var references: Set<Relations.Reference> = []
        /// Those whose own owners are not known, with the reason.
        var unread: [String] = []
    }

    /// UIDs and names of all owners. What may not be read ends that chain.
    func ascend(from pods: [PodSummary]) async throws -> Owners {
        var unread: [String] = []
        var uids: Set<String> = []
        var references: Set<Relations.Reference> = []
        var level = Set(pods.flatMap { pod in pod.metadata.owners.map { Key(owner: $0, namespace: pod.namespace) } })
        for _ in 0..<Self.maxDepth {
            var next: Set<Key> = []
            for key in level where uids.count < Self.maxOwners && uids.insert(key.owner.uid).inserted {
                references.insert(.init(kind: key.owner.kind, name: key.owner.name))
                do {
                    guard let object = try await read(key) else { continue }
                    next.formUnion(ObjectMetadata(object).owners.map { Key(owner: $0, namespace: key.namespace) })
                } catch let error as KubernetesError where error.code != .cancelled {
                    unread.append("\(key.owner.kind) \(key.owner.name) (\(error.code))")
                }
                try Task.checkCancellation()
            }
            if next.isEmpty { break }
            level = next
        }
        return Owners(uids: uids, references: references, unread: unread)
    }

    private struct Key: Hashable {
        var owner: ObjectMetadata.Owner
        var namespace: String
    }

    /// What must be readable for it: the resources of the pods' owners, and of those that usually own these.
    func resources(for pods: [PodSummary]) -> [APIResource] {
        let usual = ["ReplicaSet": "Deployment", "Job": "CronJob"]
        let kinds = Set(
            pods.flatMap { $0.metadata.owners }.flatMap { owner -> [String] in
                [owner.kind, usual[owner.kind]].compactMap { $0 }.map { "\(Self.group(owner))/\($0)" }
            })
        return session.discovery.preferredResources.filter { kinds.contains("\($0.group)/\($0.kind)") }
    }

    private static func group(_ owner: ObjectMetadata.Owner) -> String {
        owner.apiVersion.contains("/") ? String(owner.apiVersion.split(separator: "/")[0]) : ""
    }

    private func read(_ key: Key) async throws -> JSONValue? {
        let group = Self.group(key.owner)
        let resource = session.discovery.preferredResources.first { $0.group == group && $0.kind == key.owner.kind }
        guard let resource else { return nil }
        let bytes = try await session.client.get(
            resource, namespace: resource.namespaced ? key.namespace : nil, name: key.owner.name)
        return try? JSONValue(parsing: bytes)
    }
}
