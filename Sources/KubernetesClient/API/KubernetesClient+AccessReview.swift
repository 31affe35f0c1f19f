internal import NIOHTTP1
internal import StructuredText

/// Whether the server would allow something. Source: k8s.io/api `authorization/v1`.
public struct AccessReview: Hashable, Sendable {
    public var allowed: Bool
    /// The authorizer's words; often empty.
    public var reason: String
    /// Why the answer may be incomplete; empty when it is not.
    public var evaluationError: String
}

/// What the user may do in a namespace, as far as the server can tell.
public struct AccessRules: Hashable, Sendable {
    public struct Rule: Hashable, Sendable {
        public var verbs: [String]
        public var groups: [String]
        public var resources: [String]
        /// Empty when any name will do.
        public var resourceNames: [String]
    }

    public var rules: [Rule]
    /// Whether the list misses rules, since an authorizer cannot list its own.
    public var incomplete: Bool

    /// Whether a rule allows the verb on any name of the resource. A no means nothing when the list is incomplete.
    public func allows(_ verb: String, group: String, resource: String, subresource: String? = nil) -> Bool {
        let name = subresource.map { "\(resource)/\($0)" } ?? resource
        let anySubresource = subresource.map { "*/\($0)" }
        return rules.contains { rule in
            rule.resourceNames.isEmpty && (rule.verbs.contains(verb) || rule.verbs.contains("*"))
                && (rule.groups.contains(group) || rule.groups.contains("*"))
                && rule.resources.contains { $0 == name || $0 == "*" || $0 == anySubresource }
        }
    }
}

extension KubernetesClient {
    /// Asks whether this user may do something, without doing it (`SelfSubjectAccessReview`, of which the server keeps nothing).
    ///
    /// - Parameters:
    ///   - verb: as in "list", "get", "create", or "*".
    ///   - group: empty for the core group.
    ///   - resource: the plural name.
    ///   - namespace: nil for all namespaces, or for what has none.
    public func accessReview(
        verb: String, group: String, resource: String, subresource: String? = nil, name: String? = nil,
        namespace: String? = nil
    ) async throws(KubernetesError) -> AccessReview {
        let attributes = JSONObject(
            [
                ("verb", verb), ("group", group), ("resource", resource), ("subresource", subresource), ("name", name),
                ("namespace", namespace),
            ].compactMap { pair in pair.1.map { (pair.0, JSONValue.string($0)) } })
        let status = try await review(
            "selfsubjectaccessreviews", kind: "SelfSubjectAccessReview",
            spec: ["resourceAttributes": .object(attributes)], doing: "asking for permissions")
        guard let allowed = status["allowed"]?.bool else { throw Self.badReview }
        return AccessReview(
            allowed: allowed, reason: (status["reason"]?.string ?? "").printable(),
            evaluationError: (status["evaluationError"]?.string ?? "").printable())
    }

    /// Asks for all that this user may do in a namespace (`SelfSubjectRulesReview`).
    public func rulesReview(namespace: String) async throws(KubernetesError) -> AccessRules {
        let status = try await review(
            "selfsubjectrulesreviews", kind: "SelfSubjectRulesReview", spec: ["namespace": .string(namespace)],
            doing: "asking for permissions in namespace \(namespace.printable(limit: 120))")
        guard let rules = status["resourceRules"]?.array else { throw Self.badReview }
        func strings(_ value: JSONValue?) -> [String] { (value?.array ?? []).compactMap(\.string) }
        return AccessRules(
            rules: rules.map { rule in
                AccessRules.Rule(
                    verbs: strings(rule["verbs"]), groups: strings(rule["apiGroups"]),
                    resources: strings(rule["resources"]), resourceNames: strings(rule["resourceNames"]))
            },
            incomplete: status["incomplete"]?.bool ?? false)
    }

    private static var badReview: KubernetesError {
        KubernetesError(
            code: .badResponse, doing: "asking for permissions", subject: "",
            reason: "the answer is not an access review")
    }

    /// All that this user may do in a namespace, as the server says it: a `SelfSubjectRulesReview` with its `status`.
    public func rulesReviewDocument(namespace: String) async throws(KubernetesError) -> [UInt8] {
        try await reviewDocument(
            "authorization.k8s.io/v1", "selfsubjectrulesreviews", kind: "SelfSubjectRulesReview",
            spec: ["namespace": .string(namespace)],
            doing: "asking for permissions in namespace \(namespace.printable(limit: 120))")
    }

    /// Who this user is to the server, as it says it: a `SelfSubjectReview` with its `status`. Source: k8s.io/api
    /// `authentication`, Kubernetes 1.26 and later.
    ///
    /// - Parameter resource: `selfsubjectreviews` in the version that is served.
    public func selfReviewDocument(_ resource: APIResource) async throws(KubernetesError) -> [UInt8] {
        try await reviewDocument(
            resource.groupVersion, resource.resource, kind: resource.kind, spec: nil, doing: "asking who this user is")
    }

    private func review(
        _ resource: String, kind: String, spec: JSONObject, doing: String
    ) async throws(KubernetesError) -> JSONValue {
        let bytes = try await reviewDocument(
            "authorization.k8s.io/v1", resource, kind: kind, spec: spec, doing: doing)
        guard let status = (try? JSONValue(parsing: bytes))?["status"] else { throw Self.badReview }
        return status
    }

    /// A review creates nothing, so it may be tried again like a read.
    private func reviewDocument(
        _ groupVersion: String, _ resource: String, kind: String, spec: JSONObject?, doing: String
    ) async throws(KubernetesError) -> [UInt8] {
        var body: JSONObject = ["apiVersion": .string(groupVersion), "kind": .string(kind)]
        if let spec { body["spec"] = .object(spec) }
        let segments = ["apis"] + groupVersion.split(separator: "/").map(String.init) + [resource]
        return try await transport.bytes(
            .init(
                doing: doing, method: .POST, path: try RequestPath.join(segments, doing: doing),
                body: JSONValue.object(body).serialized()),
            maxBytes: 8 << 20)
    }
}
