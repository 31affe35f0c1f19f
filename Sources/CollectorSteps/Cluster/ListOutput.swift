internal import Collection
internal import KubernetesClient
internal import StructuredText

/// The member of an object that decide where it is written.
struct ObjectHead: Sendable {
    var namespace: String?
    var name: String
    var uid: String

    init(namespace: String?, name: String, uid: String) {
        self.namespace = namespace
        self.name = name
        self.uid = uid
    }

    init(_ item: ArraySlice<UInt8>) throws {
        let metadata = ObjectMetadata(try JSONValue(parsing: item))
        self.init(namespace: metadata.namespace, name: metadata.name, uid: metadata.uid)
    }
}

/// Writes the objects of one resource: the open List of the namespace at hand, and a file for each pod and each object without a
/// namespace. One list attempt owns one; it is used by one task at a time.
final class ListOutput {
    private let resource: APIResource
    private let context: AttemptContext
    private let claims: PathClaims
    private let owner: Int
    /// Objects of namespaces whose List another attempt writes.
    private(set) var leftOut: [String: Int] = [:]
    private var open: (namespace: String, entry: EvidenceEntry)?
    private var isEmptyList = false
    private(set) var count = 0
    private var buffer: [UInt8] = []
    /// Names and UIDs that were written, as hashes: a list that begins again brings objects a second time.
    private var written: Set<Int> = []

    init(resource: APIResource, context: AttemptContext, claims: PathClaims) {
        self.claims = claims
        owner = claims.newOwner()
        self.resource = resource
        self.context = context
    }

    func append(_ item: ArraySlice<UInt8>, head: ObjectHead) async throws {
        var hasher = Hasher()
        for part in [head.namespace ?? "", head.name, head.uid] { hasher.combine(part) }
        guard written.insert(hasher.finalize()).inserted else { return }
        count += 1
        let members = [("apiVersion", resource.groupVersion), ("kind", resource.kind)]
        if resource.namespaced {
            let namespace = head.namespace ?? ""
            if open?.namespace != namespace, leftOut[namespace] == nil {
                try await close(resourceVersion: nil)
                try await begin(namespace)
            }
            if open?.namespace != namespace { leftOut[namespace, default: 0] += 1 }
            buffer.removeAll(keepingCapacity: true)
            try YAML.append(json: item, to: &buffer, indent: 0, sequenceItem: true, extra: members)
            if open?.namespace == namespace { try await open?.entry.write(buffer) }
        }
        guard let path = individualPath(head), isOurs(path) else { return }
        buffer.removeAll(keepingCapacity: true)
        buffer.append(contentsOf: "---\n".utf8)
        try YAML.append(json: item, to: &buffer, extra: members)
        try await context.entry(path, media: .yaml, bytes: buffer)
    }

    /// A List with no items.
    func openEmpty(_ namespace: String) async throws {
        isEmptyList = true
        try await begin(namespace)
    }

    /// Ends the open List.
    func close(resourceVersion: String?) async throws {
        guard let (_, entry) = open else { return }
        open = nil
        var tail: [UInt8] = []
        try YAML.append(
            value: [
                "kind": .string("\(resource.kind)List"),
                "metadata": ["resourceVersion": .string(resourceVersion ?? "")],
            ], to: &tail)
        try await entry.write(tail)
        try await entry.finish()
    }

    private func begin(_ namespace: String) async throws {
        let path = ObjectPaths.list(namespace: namespace, group: resource.group, resource: resource.resource)
        guard isOurs(path) else { return }
        let entry = try await context.entry(path, media: .yaml)
        open = (namespace, entry)
        var head: [UInt8] = Array("---\n".utf8)
        try YAML.append(value: ["apiVersion": .string(resource.groupVersion)], to: &head)
        head.append(contentsOf: "items:\(isEmptyList ? " []" : "")\n".utf8)
        try await entry.write(head)
    }

    /// Whether no other attempt of this run writes there.
    private func isOurs(_ path: [String]) -> Bool {
        claims.claim(path, by: owner)
    }

    private func individualPath(_ head: ObjectHead) -> [String]? {
        if !resource.namespaced {
            if resource.group.isEmpty, resource.resource == "namespaces" { return ObjectPaths.namespace(head.name) }
            return ObjectPaths.clusterScoped(group: resource.group, resource: resource.resource, name: head.name)
        }
        guard resource.group.isEmpty, resource.resource == "pods" else { return nil }
        return ObjectPaths.pod(namespace: head.namespace ?? "", name: head.name)
    }
}
