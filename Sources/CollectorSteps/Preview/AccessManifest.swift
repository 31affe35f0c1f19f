public import Collection
internal import Cryptography
public import KubernetesClient
public import StructuredText

/// RBAC objects that allow something, as YAML for `kubectl apply -f`. Source: k8s.io/api `rbac/v1`.
public struct AccessManifest: Sendable {
    /// Of every object: others for another target or subject, so that none takes away what another grants.
    let name: String
    let needs: [AccessNeed]
    /// What is needed and not in it, since it allows far more than it is needed for: an administrator may add it.
    public let withheld: [AccessNeed]
    let subject: UserIdentity?
    let isClusterWide: Bool
    /// Made first; nobody has to be allowed to make it then.
    let namespace: JSONObject?

    /// - Parameters:
    ///   - target: what is to be captured, for the names of the objects.
    ///   - subject: who is to be allowed it; nil leaves the bindings out.
    ///   - isClusterWide: what is needed in namespaces is allowed in all of them, later ones too.
    ///   - namespace: that of the node agents where it is not there: whoever makes it spares others the right to make any.
    public init(
        _ needs: [AccessNeed], target: String, subject: UserIdentity?, isClusterWide: Bool,
        namespace: JSONObject? = nil
    ) {
        self.namespace = namespace
        name = "exhibit-collect-" + SHA256.digest(of: "\(target) \(subject?.name ?? "")").hex.prefix(8)
        // What the server calls its resources must not widen a rule: "*" would be all of them.
        self.needs = needs.filter { need in
            need != .nodesProxy
                && (namespace == nil || need != AccessNeed("create", "namespaces", namespace: nil))
                && [need.verb, need.group, need.resource, need.namespace ?? ""].allSatisfy(Self.isPlain)
        }
        withheld = needs.filter { $0 == .nodesProxy }
        self.subject = subject
        self.isClusterWide = isClusterWide
    }

    private static func isPlain(_ name: String) -> Bool {
        name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || [0x2D, 0x2E, 0x2F].contains(byte)
        }
    }

    /// The objects, each a document; empty when nothing is needed.
    public var yaml: String {
        var places: [String?: [AccessNeed]] = [:]
        for need in needs { places[isClusterWide ? nil : need.namespace, default: []].append(need) }
        var text: [UInt8] = []
        if let namespace, !needs.isEmpty { append(.object(namespace), to: &text) }
        for place in places.keys.sorted(by: { ($0 ?? "") < ($1 ?? "") }) {
            for object in objects(place, places[place] ?? []) {
                append(object, to: &text)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private func append(_ object: JSONValue, to text: inout [UInt8]) {
        text += "---\n".utf8
        // Only values beyond the limits of JSON could fail, and these are a few names.
        try? YAML.append(json: object.serialized(), to: &text)
    }

    private func objects(_ namespace: String?, _ needs: [AccessNeed]) -> [JSONValue] {
        let prefix = namespace == nil ? "Cluster" : ""
        var metadata: JSONObject = ["name": .string(name)]
        metadata["namespace"] = namespace.map { .string($0) }
        let role: JSONValue = [
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": .string("\(prefix)Role"),
            "metadata": .object(metadata), "rules": .array(Self.rules(needs)),
        ]
        guard let subject else { return [role] }
        let binding: JSONValue = [
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": .string("\(prefix)RoleBinding"),
            "metadata": .object(metadata),
            "roleRef": [
                "apiGroup": "rbac.authorization.k8s.io", "kind": .string("\(prefix)Role"), "name": .string(name),
            ],
            "subjects": [subject.rbacSubject],
        ]
        return [role, binding]
    }

    /// A rule for what has the same group and verbs.
    private static func rules(_ needs: [AccessNeed]) -> [JSONValue] {
        var verbs: [String: [String: Set<String>]] = [:]
        for need in needs {
            verbs[need.group, default: [:]][need.resource, default: []].insert(need.verb)
            // Servers from 1.35 on want both; a manifest should outlive an upgrade.
            if ["pods/exec", "pods/portforward"].contains(need.resource) {
                verbs[need.group]?[need.resource]?.formUnion(["create", "get"])
            }
        }
        return verbs.keys.sorted().flatMap { group in
            let alike = Dictionary(grouping: (verbs[group] ?? [:]).keys) { verbs[group]?[$0]?.sorted() ?? [] }
            return alike.keys.sorted { $0.lexicographicallyPrecedes($1) }.map { verbs -> JSONValue in
                [
                    "apiGroups": [.string(group)],
                    "resources": .array((alike[verbs] ?? []).sorted().map { .string($0) }),
                    "verbs": .array(verbs.map { .string($0) }),
                ]
            }
        }
    }
}

extension UserIdentity {
    fileprivate var rbacSubject: JSONValue {
        let parts = name.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 4, parts[0] == "system", parts[1] == "serviceaccount" {
            return ["kind": "ServiceAccount", "name": .string(parts[3]), "namespace": .string(parts[2])]
        }
        return ["apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": .string(name)]
    }
}
