internal import StructuredText

/// Answers what an account may do: here, and by the rules that were captured of whoever captured.
struct AccessReviews: Sendable {
    let documents: CapturedDocuments
    let catalog: ResourceCatalog

    private static let mostBytes = 16 << 20
    private static let readingVerbs: Set<String> = ["get", "list", "watch"]

    /// - Parameter path: group, version and resource.
    func respond(group: String, version: String, resource: String, to request: APIRequest) async throws -> APIResponse {
        guard APINames.isLabel(version) else { throw APIFailure.noSuchPath }
        let spec = try ReviewBody.spec(of: request.body)
        switch (group, resource) {
        case ("authorization.k8s.io", "selfsubjectaccessreviews"):
            return review("SelfSubjectAccessReview", "\(group)/\(version)", spec, try await access(spec))
        case ("authorization.k8s.io", "selfsubjectrulesreviews"):
            return review("SelfSubjectRulesReview", "\(group)/\(version)", spec, try await rules(spec))
        case ("authentication.k8s.io", "selfsubjectreviews"):
            guard let document = try await documents.content(of: "access/self.json", limit: Self.mostBytes),
                let status = (try? JSONValue(parsing: document))?["status"]
            else {
                throw APIFailure(
                    403, "Forbidden", "the account that captured was not captured: there is no access/self.json")
            }
            return review("SelfSubjectReview", "\(group)/\(version)", nil, status)
        default:
            throw APIFailure.readOnly("reviewing the access of another account")
        }
    }

    private func review(_ kind: String, _ apiVersion: String, _ spec: JSONValue?, _ status: JSONValue) -> APIResponse {
        var members: [(String, JSONValue)] = [
            ("kind", .string(kind)), ("apiVersion", .string(apiVersion)), ("metadata", ["creationTimestamp": nil]),
        ]
        if let spec { members.append(("spec", spec)) }
        members.append(("status", status))
        return APIResponse(status: 201, body: .bytes(JSONValue.object(JSONObject(members)).serialized()))
    }

    // MARK: Rules

    /// The answered review of a namespace; nil where it was not captured.
    private func captured(_ namespace: String) async throws -> JSONValue? {
        guard APINames.isLabel(namespace),
            let document = try await documents.content(of: "access/rules/\(namespace).json", limit: Self.mostBytes)
        else { return nil }
        return (try? JSONValue(parsing: document))?["status"]
    }

    private func rules(_ spec: JSONValue) async throws -> JSONValue {
        let namespace = spec["namespace"]?.string ?? ""
        if let status = try await captured(namespace), status.object != nil { return status }
        return [
            "resourceRules": [], "nonResourceRules": [], "incomplete": true,
            "evaluationError": .string("the rules of namespace \(SafeText.line(namespace)) were not captured"),
        ]
    }

    private func access(_ spec: JSONValue) async throws -> JSONValue {
        if let wanted = spec["nonResourceAttributes"], !wanted.isNull { return try await path(wanted) }
        let wanted = spec["resourceAttributes"] ?? [:]
        let verb = wanted["verb"]?.string ?? "", name = wanted["resource"]?.string ?? ""
        let group = wanted["group"]?.string ?? "", sub = wanted["subresource"]?.string ?? ""
        let namespace = wanted["namespace"]?.string ?? ""
        guard let status = try await captured(namespace) else {
            // Nobody can say, and k9s asks before it shows what is here.
            if Self.readingVerbs.contains(verb), isServed(group, name), sub.isEmpty || sub == "log" || sub == "status" {
                return ["allowed": true, "reason": "it can be read here, as far as it was captured"]
            }
            let place = namespace.isEmpty ? "of all namespaces" : "of namespace \(SafeText.line(namespace))"
            return [
                "allowed": false, "reason": .string("the rules \(place) were not captured"),
                "evaluationError": .string("the rules \(place) were not captured"),
            ]
        }
        let resource = sub.isEmpty ? name : "\(name)/\(sub)"
        let object = wanted["name"]?.string ?? ""
        let isAllowed = (status["resourceRules"]?.array ?? []).contains { rule in
            let resources = Self.texts(rule["resources"]), names = Self.texts(rule["resourceNames"])
            return Self.has(rule["verbs"], verb) && Self.has(rule["apiGroups"], group)
                && (resources.contains("*") || resources.contains(resource)
                    || !sub.isEmpty && resources.contains("*/\(sub)"))
                && (names.isEmpty || names.contains(object))
        }
        return Self.answer(isAllowed, status, "by the rules of whoever captured")
    }

    private func path(_ wanted: JSONValue) async throws -> JSONValue {
        let verb = wanted["verb"]?.string ?? "", path = wanted["path"]?.string ?? ""
        // What is no resource has no namespace: the rules of any have those of the whole cluster for it.
        guard let name = try await documents.names().filter({ $0.hasPrefix("access/rules/") }).min(),
            let status = try await captured(String(name.dropFirst("access/rules/".count).dropLast(".json".count)))
        else { return ["allowed": false, "evaluationError": "no rules were captured"] }
        let isAllowed = (status["nonResourceRules"]?.array ?? []).contains { rule in
            Self.has(rule["verbs"], verb)
                && Self.texts(rule["nonResourceURLs"]).contains { url in
                    url == path || url.hasSuffix("*") && path.hasPrefix(url.dropLast())
                }
        }
        return Self.answer(isAllowed, status, "by the rules of whoever captured")
    }

    private static func answer(_ isAllowed: Bool, _ status: JSONValue, _ reason: String) -> JSONValue {
        var members: [(String, JSONValue)] = [("allowed", .bool(isAllowed)), ("reason", .string(reason))]
        if !isAllowed, status["incomplete"]?.bool == true {
            members.append(("evaluationError", "the rules that were captured are not all"))
        }
        return .object(JSONObject(members))
    }

    private func isServed(_ group: String, _ resource: String) -> Bool {
        if resource == "*" || group == "metrics.k8s.io" { return true }
        return catalog.versions.contains { groupVersion, version in
            (APINames.groupVersion(groupVersion)?.group == group || group == "*")
                && version.entries.contains { $0.resource.name == resource }
        }
    }

    private static func texts(_ value: JSONValue?) -> [String] { (value?.array ?? []).compactMap(\.string) }

    private static func has(_ value: JSONValue?, _ word: String) -> Bool {
        let texts = texts(value)
        return texts.contains("*") || texts.contains(word)
    }
}
