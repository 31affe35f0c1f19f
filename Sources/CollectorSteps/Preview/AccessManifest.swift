public import Collection
public import KubernetesClient
internal import StructuredText

/// RBAC objects that allow something, as YAML for `kubectl apply -f`. Source: k8s.io/api `rbac/v1`.
public struct AccessManifest: Sendable {
    /// Of every object.
    static let name = "exhibit-collect"

    let needs: [AccessNeed]
    /// What is needed and not in it, since it allows far more than it is needed for: an administrator may add it.
    public let withheld: [AccessNeed]
    let subject: UserIdentity?
    let isClusterWide: Bool

    /// - Parameters:
    ///   - subject: who is to be allowed it; nil leaves the bindings out.
    ///   - isClusterWide: what is needed in namespaces is allowed in all of them, later ones too.
    public init(_ needs: [AccessNeed], subject: UserIdentity?, isClusterWide: Bool) {
        self.needs = needs.filter { $0 != .nodesProxy }
        withheld = needs.filter { $0 == .nodesProxy }
        self.subject = subject
        self.isClusterWide = isClusterWide
    }

    /// The objects, each a document; empty when nothing is needed.
    public var yaml: String {
        var places: [String?: [AccessNeed]] = [:]
        for need in needs { places[isClusterWide ? nil : need.namespace, default: []].append(need) }
        var text: [UInt8] = []
        for place in places.keys.sorted(by: { ($0 ?? "") < ($1 ?? "") }) {
            for object in objects(place, places[place] ?? []) {
                text += "---\n".utf8
                // Only values beyond the limits of JSON could fail, and these are a few names.
                try? YAML.append(json: object.serialized(), to: &text)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private func objects(_ namespace: String?, _ needs: [AccessNeed]) -> [JSONValue] {
        let prefix = namespace == nil ? "Cluster" : ""
        var metadata: JSONObject = ["name": .string(Self.name)]
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
                "apiGroup": "rbac.authorization.k8s.io", "kind": .string("\(prefix)Role"), "name": .string(Self.name),
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
            if need.resource == "pods/exec" { verbs[need.group]?[need.resource]?.formUnion(["create", "get"]) }
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
