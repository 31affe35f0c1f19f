public import KubernetesClient
internal import StructuredText

/// Finds what the operator asked for, before anything is captured: a name that does not exist is known at once.
public struct TargetResolver: Sendable {
    let client: KubernetesClient
    let discovery: Discovery

    public init(client: KubernetesClient, discovery: Discovery) {
        self.client = client
        self.discovery = discovery
    }

    /// - Parameter namespace: where pods and workloads are looked for.
    /// - Throws: `TargetError` when there is no such thing; `KubernetesError` when the server does not let us look.
    public func resolve(_ specification: TargetSpecification, namespace: String) async throws -> ClusterTarget {
        switch specification {
        case .host:
            throw TargetError(code: .unknownResource, message: "host is not a target of the cluster", advice: "")
        case .cluster:
            return ClusterTarget(specification: specification, namespace: "", reach: .cluster)
        case .namespace(let name):
            try await requireNamespace(name)
            return ClusterTarget(specification: specification, namespace: name, reach: .namespace)
        case .selector(let selector):
            try await requireNamespace(namespace)
            try await requirePod(selector, namespace)
            return ClusterTarget(
                specification: specification, namespace: namespace, reach: .pods([.init(labelSelector: selector)]))
        case .pod(let name):
            let (_, pod, json) = try await find("pods", name, namespace)
            var filter = ClusterTarget.PodFilter(fieldSelector: "metadata.name=\(name)")
            filter.workloads = [.init(kind: "Pod", name: name)]
            filter.seed = .init(pod: PodSummary(pod), json: json)
            return ClusterTarget(specification: specification, namespace: namespace, reach: .pods([filter]))
        case .workload(let resource, let name):
            return try await workload(specification, resource, name, namespace)
        }
    }

    private func workload(_ specification: TargetSpecification, _ resource: String, _ name: String, _ namespace: String)
        async throws -> ClusterTarget
    {
        let (found, object, _) = try await find(resource, name, namespace)
        guard found.namespaced else {
            throw TargetError(
                code: .unknownResource, message: "\(found.resource) has no namespace and so owns no pods",
                advice: "Name a workload (deployment/NAME), a pod, a namespace, or cluster")
        }
        let metadata = ObjectMetadata(object)
        let owned = try await descendants(of: metadata, kind: found.kind, namespace: namespace)
        return ClusterTarget(
            specification: specification, namespace: namespace,
            reach: .pods(
                [
                    .init(
                        ownerUIDs: owned.uids,
                        workloads: owned.references.union([.init(kind: found.kind, name: metadata.name)]))
                ]))
    }

    /// UIDs of the workload and of all workloads that it owns, at most four levels down (CronJob → Job, Deployment → ReplicaSet …).
    private func descendants(of root: ObjectMetadata, kind: String, namespace: String) async throws
        -> (uids: Set<String>, references: Set<Relations.Reference>)
    {
        var uids: Set<String> = [root.uid]
        var references: Set<Relations.Reference> = []
        var candidates: [(kind: String, metadata: ObjectMetadata)] = []
        for name in Self.intermediates(kind: kind) {
            guard
                let resource = discovery.preferredResources.first(where: {
                    $0.resource == name && $0.namespaced && $0.group != "extensions"
                })
            else { continue }
            do {
                _ = try await client.list(resource, namespace: namespace) { item in
                    candidates.append((resource.kind, ObjectMetadata(try JSONValue(parsing: item))))
                }
            } catch let error as KubernetesError where error.code == .forbidden {
                continue
            }
        }
        for _ in 0..<4 {
            let before = uids.count
            for (kind, metadata) in candidates where metadata.owners.contains(where: { uids.contains($0.uid) }) {
                uids.insert(metadata.uid)
                references.insert(.init(kind: kind, name: metadata.name))
            }
            if uids.count == before { break }
        }
        return (uids, references)
    }

    /// The kinds that may stand between a workload and its pods.
    private static func intermediates(kind: String) -> [String] {
        switch kind {
        case "Deployment": ["replicasets"]
        case "CronJob": ["jobs"]
        case "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "ReplicationController": []
        default: ["deployments", "statefulsets", "daemonsets", "replicasets", "jobs"]
        }
    }

    private func requireNamespace(_ name: String) async throws {
        do {
            _ = try await find("namespaces", name, nil)
        } catch let error as KubernetesError where error.code == .forbidden {
            // Many identities may read in a namespace without reading the namespace: go on, the ledger will tell.
        }
    }

    private func requirePod(_ selector: String, _ namespace: String) async throws {
        guard let pods = discovery.resource(named: "pods") else { return }
        var isThere = false
        do {
            _ = try await client.list(
                pods, namespace: namespace, labelSelector: selector, options: ListOptions(limit: 1, maxItems: 1)
            ) { _ in isThere = true }
        } catch let error as KubernetesError where error.code == .forbidden {
            return
        }
        guard isThere else {
            throw TargetError(
                code: .notFound, message: "no pod in namespace \(namespace) has the labels \(selector)",
                advice: "See the labels: kubectl get pods -n \(namespace) --show-labels")
        }
    }

    private func find(_ resource: String, _ name: String, _ namespace: String?) async throws
        -> (APIResource, JSONValue, [UInt8])
    {
        guard let found = discovery.resource(named: resource) else {
            throw TargetError(
                code: .unknownResource, message: "the cluster has no resource called \(resource)",
                advice: "See what it has: kubectl api-resources")
        }
        do {
            let bytes = try await client.get(found, namespace: found.namespaced ? namespace : nil, name: name)
            return (found, try JSONValue(parsing: bytes), bytes)
        } catch let error as KubernetesError where error.code == .notFound {
            let place = found.namespaced ? " in namespace \(namespace ?? "")" : ""
            let near = await self.near(name, found, namespace)
            throw TargetError(
                code: .notFound, message: "there is no \(found.kind.lowercased()) \(name)\(place)",
                advice: near.isEmpty
                    ? "See what there is: kubectl get \(found.resource)\(found.namespaced ? " -A" : "")"
                    : "Did you mean \(near.joined(separator: " or "))?")
        }
    }

    /// Names that are like the one that was not found; none when the server does not tell in time.
    private func near(_ name: String, _ resource: APIResource, _ namespace: String?) async -> [String] {
        var names: [String] = []
        _ = try? await client.list(
            resource, namespace: resource.namespaced ? namespace : nil, options: ListOptions(maxItems: 5_000)
        ) { item in
            names.append(ObjectMetadata(try JSONValue(parsing: item)).name)
        }
        return
            names
            .map { ($0, NameDistance.between(name, $0)) }
            .filter { $0.1 <= max(2, name.count / 3) || $0.0.hasPrefix(name) || name.hasPrefix($0.0) }
            .sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(3).map(\.0)
    }
}
