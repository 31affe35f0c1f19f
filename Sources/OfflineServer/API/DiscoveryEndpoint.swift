internal import Inspection
internal import SQLite
internal import StructuredText

/// Answers `/version`, and what is served: `/api`, `/apis` and below, of one document or as aggregated discovery.
struct DiscoveryEndpoint: Sendable {
    let database: EvidenceDatabase
    let documents: CapturedDocuments
    let catalog: ResourceCatalog
    /// Whether metrics.k8s.io is to be there, whatever was captured.
    let hasMetrics: Bool

    private static let metricsGroup = "metrics.k8s.io"
    private static let metrics = [("nodes", "NodeMetrics", false), ("pods", "PodMetrics", true)].map {
        ResourceCatalog.Entry(
            resource: APIResource(
                group: metricsGroup, version: "v1beta1", name: $0.0, kind: $0.1, isNamespaced: $0.2),
            verbs: ["get", "list"])
    }

    private var addsMetrics: Bool { hasMetrics && catalog.versions["\(Self.metricsGroup)/v1beta1"] == nil }

    // MARK: Groups

    /// `/api`.
    func core(_ request: APIRequest) -> APIResponse {
        if let response = aggregated(catalog.aggregatedCore, request, adding: []) { return response }
        if let document = catalog.core { return APIResponse(body: .bytes(document)) }
        return json([
            ("kind", "APIVersions"), ("versions", .array(catalog.coreVersions.map { .string($0) })),
            ("serverAddressByClientCIDRs", []),
        ])
    }

    /// `/apis`.
    func groups(_ request: APIRequest) -> APIResponse {
        let known = served
        if let (_, document) = catalog.aggregatedGroups, let value = try? JSONValue(parsing: document) {
            let there = Set((value["items"]?.array ?? []).compactMap { $0["metadata"]?["name"]?.string })
            let missing = known.filter { !there.contains($0.group) }
            if let response = aggregated(catalog.aggregatedGroups, request, adding: missing) { return response }
        }
        guard let document = catalog.groups, var value = (try? JSONValue(parsing: document))?.object else {
            return json([
                ("kind", "APIGroupList"), ("apiVersion", "v1"), ("groups", .array(known.map(Self.group))),
            ])
        }
        let groups = value["groups"]?.array ?? []
        let there = Set(groups.compactMap { $0["name"]?.string })
        let missing = known.filter { !there.contains($0.group) }
        if missing.isEmpty { return APIResponse(body: .bytes(document)) }
        value["groups"] = .array(groups + missing.map(Self.group))
        return APIResponse(body: .bytes(JSONValue.object(value).serialized()))
    }

    /// Groups with their versions, metrics included.
    private var served: [(group: String, versions: [String])] {
        catalog.groupVersions + (addsMetrics ? [(Self.metricsGroup, ["v1beta1"])] : [])
    }

    private static func group(_ group: String, _ versions: [String]) -> JSONValue {
        func version(_ version: String) -> JSONValue {
            ["groupVersion": .string("\(group)/\(version)"), "version": .string(version)]
        }
        return [
            "name": .string(group), "versions": .array(versions.map(version)),
            "preferredVersion": version(versions.first ?? "v1"),
        ]
    }

    private static func group(_ served: (group: String, versions: [String])) -> JSONValue {
        group(served.group, served.versions)
    }

    /// `/apis/GROUP`.
    func group(_ name: String) throws(APIFailure) -> APIResponse {
        let captured = catalog.groups.flatMap { try? JSONValue(parsing: $0) }?["groups"]?.array?
            .first { $0["name"]?.string == name }
        guard let group = captured ?? served.first(where: { $0.group == name }).map(Self.group) else {
            throw .noSuchPath
        }
        return json([("kind", "APIGroup"), ("apiVersion", "v1")] + (group.object ?? [:]).map { ($0.key, $0.value) })
    }

    /// `/api/VERSION` and `/apis/GROUP/VERSION`.
    func resources(_ groupVersion: String) throws(APIFailure) -> APIResponse {
        var version = catalog.versions[groupVersion]
        if addsMetrics, groupVersion == "\(Self.metricsGroup)/v1beta1" {
            version = ResourceCatalog.Version(entries: Self.metrics)
        }
        guard let version else { throw .noSuchPath }
        if let document = version.document { return APIResponse(body: .bytes(document)) }
        return json([
            ("kind", "APIResourceList"), ("apiVersion", "v1"), ("groupVersion", .string(groupVersion)),
            ("resources", .array(version.entries.map(Self.resource))),
        ])
    }

    private static func resource(_ entry: ResourceCatalog.Entry) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("name", .string(entry.resource.name)), ("singularName", .string(entry.singular)),
            ("namespaced", .bool(entry.resource.isNamespaced)), ("kind", .string(entry.resource.kind)),
            ("verbs", .array(entry.verbs.map { .string($0) })),
        ]
        if !entry.shortNames.isEmpty { members.append(("shortNames", .array(entry.shortNames.map { .string($0) }))) }
        if !entry.categories.isEmpty { members.append(("categories", .array(entry.categories.map { .string($0) }))) }
        return .object(JSONObject(members))
    }

    // MARK: Aggregated

    /// Nil where the client wants it otherwise, or it was not captured.
    private func aggregated(
        _ captured: (version: String, document: [UInt8])?, _ request: APIRequest,
        adding missing: [(group: String, versions: [String])]
    ) -> APIResponse? {
        guard let captured else { return nil }
        for range in MediaRange.all(of: request.header("accept")) {
            if range.isJSON { return nil }
            guard range.type == "application/json", range.parameters["as"] == "APIGroupDiscoveryList",
                range.parameters["g"] == "apidiscovery.k8s.io", range.parameters["v"] == captured.version
            else { continue }
            var document = captured.document
            if !missing.isEmpty, var value = (try? JSONValue(parsing: document))?.object {
                value["items"] = .array((value["items"]?.array ?? []) + missing.map(aggregated))
                document = JSONValue.object(value).serialized()
            }
            return APIResponse(
                mediaType: "application/json;g=apidiscovery.k8s.io;v=\(captured.version);as=APIGroupDiscoveryList",
                body: .bytes(document))
        }
        return nil
    }

    private func aggregated(_ served: (group: String, versions: [String])) -> JSONValue {
        let versions = served.versions.map { version -> JSONValue in
            let entries =
                catalog.versions["\(served.group)/\(version)"]?.entries.filter { !$0.resource.name.contains("/") }
                ?? Self.metrics
            return [
                "version": .string(version), "resources": .array(entries.map(Self.aggregatedResource)),
                "freshness": "Current",
            ]
        }
        return ["metadata": ["name": .string(served.group), "creationTimestamp": nil], "versions": .array(versions)]
    }

    private static func aggregatedResource(_ entry: ResourceCatalog.Entry) -> JSONValue {
        let resource = entry.resource
        var members: [(String, JSONValue)] = [
            ("resource", .string(resource.name)),
            (
                "responseKind",
                [
                    "group": .string(resource.group), "version": .string(resource.version),
                    "kind": .string(resource.kind),
                ]
            ), ("scope", .string(resource.isNamespaced ? "Namespaced" : "Cluster")),
            ("singularResource", .string(entry.singular)), ("verbs", .array(entry.verbs.map { .string($0) })),
        ]
        if !entry.shortNames.isEmpty { members.append(("shortNames", .array(entry.shortNames.map { .string($0) }))) }
        if !entry.categories.isEmpty { members.append(("categories", .array(entry.categories.map { .string($0) }))) }
        return .object(JSONObject(members))
    }

    private func json(_ members: [(String, JSONValue)]) -> APIResponse {
        APIResponse(body: .bytes(JSONValue.object(JSONObject(members)).serialized()))
    }

    // MARK: Version

    /// `/version`.
    func version() async throws -> APIResponse {
        if let document = try await documents.content(of: "version.json", limit: 64 << 10),
            let value = try? JSONValue(parsing: document), Self.numbers(of: value["gitVersion"]?.string) != nil
        {
            return APIResponse(body: .bytes(document))
        }
        let rows = try await database.rows(
            """
            SELECT value FROM bundle WHERE name = 'cluster_version'
            UNION ALL SELECT * FROM (SELECT json->>'$.status.nodeInfo.kubeletVersion' FROM objects
              WHERE kind = 'Node' AND api_group = '' ORDER BY 1 DESC LIMIT 100)
            """)
        let known = rows.compactMap { $0[0].text }.first { Self.numbers(of: $0) != nil } ?? "v0.0.0"
        let (major, minor) = Self.numbers(of: known) ?? ("0", "0")
        return json([
            ("major", .string(major)), ("minor", .string(minor)), ("gitVersion", .string(known)), ("gitCommit", ""),
            ("gitTreeState", ""), ("buildDate", "1970-01-01T00:00:00Z"), ("goVersion", ""), ("compiler", ""),
            ("platform", ""),
        ])
    }

    /// Major and minor of a version in the form that kubectl parses; nil for any other.
    private static func numbers(of text: String?) -> (String, String)? {
        guard let text, text.hasPrefix("v"), text.utf8.count <= 64,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c })
        else { return nil }
        let core = text.dropFirst().prefix { $0 != "-" && $0 != "+" }
        let parts = core.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty && $0.utf8.count < 6 && $0.allSatisfy(\.isNumber) })
        else { return nil }
        return (String(parts[0]), String(parts[1]))
    }
}
