internal import Inspection
internal import SQLite
internal import StructuredText

/// Makes the catalog of a capture: of the documents of its API server, and of what objects are there.
struct CatalogBuilder {
    private let database: EvidenceDatabase
    private let documents: CapturedDocuments
    private var catalog = ResourceCatalog()

    /// Of one document of discovery.
    private static let mostBytes = 16 << 20
    private static let mostKinds = 20_000
    private static let mostDefinitions = 5_000

    init(_ database: EvidenceDatabase, _ documents: CapturedDocuments) {
        self.database = database
        self.documents = documents
    }

    mutating func build() async throws -> ResourceCatalog {
        try await readDocuments()
        let isCaptured = !catalog.versions.isEmpty
        try await readDefinitions(areServed: !isCaptured)
        try await readKinds()
        if !isCaptured { addKubernetesKinds() }
        return catalog
    }

    // MARK: Documents

    private mutating func readDocuments() async throws {
        for name in try await documents.names() {
            let parts = name.split(separator: "/").map(String.init)
            guard let last = parts.last, last.hasSuffix(".json") else { continue }
            let version = String(last.dropLast(5))
            let groupVersion: String
            switch (parts.count, parts[0]) {
            case (2, "api"): groupVersion = version
            case (3, "apis"): groupVersion = "\(parts[1])/\(version)"
            default: continue
            }
            guard let document = try await documents.content(of: name, limit: Self.mostBytes),
                let entries = DiscoveryReader.resources(of: document, groupVersion: groupVersion)
            else {
                catalog.notes.append("\(SafeText.line(name)): it is no list of resources that can be served")
                continue
            }
            catalog.add(groupVersion, ResourceCatalog.Version(entries: entries, document: document))
        }
        catalog.core = try await document("api.json", DiscoveryReader.isCore)
        catalog.groups = try await document("apis.json", DiscoveryReader.isGroups)
        catalog.aggregatedCore = try await aggregated("api.aggregated.json")
        catalog.aggregatedGroups = try await aggregated("apis.aggregated.json")
    }

    private mutating func document(_ name: String, _ isRight: (JSONValue) -> Bool) async throws -> [UInt8]? {
        guard let document = try await documents.content(of: name, limit: Self.mostBytes) else { return nil }
        guard let value = try? JSONValue(parsing: document), isRight(value) else {
            catalog.notes.append("\(name): it is no document of discovery that can be served")
            return nil
        }
        return document
    }

    private mutating func aggregated(_ name: String) async throws -> (version: String, document: [UInt8])? {
        guard let document = try await document(name, { DiscoveryReader.aggregatedVersion(of: $0) != nil }),
            let value = try? JSONValue(parsing: document), let version = DiscoveryReader.aggregatedVersion(of: value)
        else { return nil }
        return (version, document)
    }

    // MARK: What is there

    /// Definitions of custom resources.
    private mutating func readDefinitions(areServed: Bool) async throws {
        let rows = try await database.rows(
            """
            SELECT o.json->>'$.spec.group', o.json->'$.spec.names', o.json->>'$.spec.scope', o.json->>'$.spec.version',
              (SELECT json_group_array(json_object('name', v.value->>'$.name', 'served', v.value->>'$.served',
                 'fields', json(coalesce(v.value->'$.selectableFields', '[]'))))
               FROM json_each(o.json, '$.spec.versions') v WHERE v.type = 'object')
            FROM objects o WHERE kind = 'CustomResourceDefinition' AND api_group = 'apiextensions.k8s.io' LIMIT \(Self.mostDefinitions)
            """)
        if rows.count == Self.mostDefinitions {
            catalog.notes.append("there are more than \(Self.mostDefinitions) definitions; the others are not read")
        }
        for row in rows {
            guard let group = row[0].text, APINames.isGroup(group), !group.isEmpty,
                let names = row[1].text.flatMap({ try? JSONValue(parsing: $0.utf8) }),
                let kind = names["kind"]?.string, APINames.isKind(kind), let plural = names["plural"]?.string,
                APINames.isLabel(plural)
            else { continue }
            let versions = row[4].text.flatMap { try? JSONValue(parsing: $0.utf8) }?.array ?? []
            var served = versions.filter { $0["served"]?.int != 0 }.compactMap { $0["name"]?.string }
            if served.isEmpty, let version = row[3].text { served = [version] }
            let fields = versions.flatMap { $0["fields"]?.array ?? [] }.compactMap { $0["jsonPath"]?.string }
            if !fields.isEmpty {
                catalog.selectableFields["\(plural).\(group)"] = Set(fields.map { String($0.drop { $0 == "." }) })
            }
            guard areServed else { continue }
            for version in served where APINames.isLabel(version) {
                catalog.add(
                    ResourceCatalog.Entry(
                        resource: APIResource(
                            group: group, version: version, name: plural, kind: kind,
                            isNamespaced: row[2].text == "Namespaced"),
                        singular: names["singular"]?.string.flatMap { APINames.isLabel($0) ? $0 : nil } ?? "",
                        shortNames: Self.labels(names["shortNames"]), categories: Self.labels(names["categories"])))
            }
        }
    }

    private static func labels(_ value: JSONValue?) -> [String] {
        (value?.array ?? []).prefix(16).compactMap(\.string).filter(APINames.isLabel)
    }

    /// Kinds that there are objects of, in versions that nothing says anything of.
    private mutating func readKinds() async throws {
        let rows = try await database.rows(
            """
            SELECT api_version, kind, max(namespace IS NOT NULL) FROM objects
            WHERE api_version IS NOT NULL AND kind IS NOT NULL AND name IS NOT NULL GROUP BY 1, 2 LIMIT \(Self.mostKinds)
            """)
        if rows.count == Self.mostKinds {
            catalog.notes.append("there are objects of more than \(Self.mostKinds) kinds; the others are not served")
        }
        var left = 0
        for row in rows {
            guard let groupVersion = row[0].text, let kind = row[1].text else { continue }
            guard let (group, version) = APINames.groupVersion(groupVersion), APINames.isKind(kind) else {
                left += 1
                continue
            }
            catalog.capturedVersions["\(kind)/\(group)", default: []].append(groupVersion)
            guard catalog.versions[groupVersion]?.document == nil,
                !catalog.hasKind(kind, inVersion: groupVersion)
            else { continue }
            let own = KubernetesKinds.all.first { $0.kind == kind && $0.group == group }
            let plural = own?.plural ?? KubernetesKinds.plural(of: kind)
            guard APINames.isLabel(plural) else { continue }
            catalog.add(
                ResourceCatalog.Entry(
                    resource: APIResource(
                        group: group, version: version, name: plural, kind: kind,
                        isNamespaced: own?.isNamespaced ?? (row[2].integer == 1)),
                    singular: APINames.isLabel(kind.lowercased()) ? kind.lowercased() : "",
                    shortNames: own?.shortNames ?? [], categories: own?.categories ?? []))
        }
        if left > 0 { catalog.notes.append("\(left) kinds have names that no API server has; they are not served") }
    }

    private mutating func addKubernetesKinds() {
        for kind in KubernetesKinds.all
        where !KubernetesKinds.onlyIfThere.contains(kind.kind) && !catalog.hasKind(kind.kind, in: kind.group) {
            catalog.add(
                ResourceCatalog.Entry(
                    resource: APIResource(
                        group: kind.group, version: kind.version, name: kind.plural, kind: kind.kind,
                        isNamespaced: kind.isNamespaced),
                    singular: kind.kind.lowercased(), shortNames: kind.shortNames, categories: kind.categories))
        }
    }
}

/// Reads documents of discovery, and judges whether their names can be told to clients.
enum DiscoveryReader {
    private static let mostResources = 5_000

    /// Those of an `APIResourceList`; nil when it is none of that group and version, or has names that are none.
    static func resources(of document: [UInt8], groupVersion: String) -> [ResourceCatalog.Entry]? {
        guard let (group, version) = APINames.groupVersion(groupVersion),
            let value = try? JSONValue(parsing: document), value["groupVersion"]?.string == groupVersion,
            let resources = value["resources"]?.array, resources.count <= mostResources
        else { return nil }
        var entries: [ResourceCatalog.Entry] = []
        for resource in resources {
            guard let name = resource["name"]?.string, APINames.isResource(name),
                let kind = resource["kind"]?.string, APINames.isKind(kind) || kind.isEmpty,
                APINames.isGroup(resource["group"]?.string ?? ""),
                resource["version"]?.string.map(APINames.isLabel) ?? true,
                areNames(resource["singularName"]), areNames(resource["shortNames"]),
                areNames(resource["categories"])
            else { return nil }
            entries.append(
                ResourceCatalog.Entry(
                    resource: APIResource(
                        group: group, version: version, name: name, kind: kind,
                        isNamespaced: resource["namespaced"]?.bool == true),
                    verbs: (resource["verbs"]?.array ?? []).compactMap(\.string)))
        }
        return entries
    }

    private static func areNames(_ value: JSONValue?) -> Bool {
        (value?.array ?? value.map { [$0] } ?? []).allSatisfy { name in
            name.isNull || name.string.map { $0.isEmpty || APINames.isLabel($0) } ?? false
        }
    }

    static func isCore(_ value: JSONValue) -> Bool {
        guard let versions = value["versions"]?.array, versions.count <= 100 else { return false }
        return versions.allSatisfy { $0.string.map(APINames.isLabel) ?? false }
    }

    static func isGroups(_ value: JSONValue) -> Bool {
        guard let groups = value["groups"]?.array, groups.count <= mostResources else { return false }
        return groups.allSatisfy { group in
            guard let name = group["name"]?.string, APINames.isGroup(name), !name.isEmpty,
                let versions = group["versions"]?.array, versions.count <= 100
            else { return false }
            return (versions + (group["preferredVersion"].map { [$0] } ?? [])).allSatisfy { version in
                guard let word = version["version"]?.string, APINames.isLabel(word) else { return false }
                return version["groupVersion"]?.string == "\(name)/\(word)"
            }
        }
    }

    /// `v2` or `v2beta1` of an `APIGroupDiscoveryList`; nil when it is none, or has names that are none.
    static func aggregatedVersion(of value: JSONValue) -> String? {
        let version = value["apiVersion"]?.string ?? ""
        guard value["kind"]?.string == "APIGroupDiscoveryList",
            version == "apidiscovery.k8s.io/v2" || version == "apidiscovery.k8s.io/v2beta1",
            let items = value["items"]?.array, items.count <= mostResources
        else { return nil }
        let areRight = items.allSatisfy { item in
            APINames.isGroup(item["metadata"]?["name"]?.string ?? "")
                && (item["versions"]?.array ?? []).allSatisfy { version in
                    guard let word = version["version"]?.string, APINames.isLabel(word) else { return false }
                    return (version["resources"]?.array ?? []).allSatisfy(isAggregatedResource)
                }
        }
        return areRight ? String(version.dropFirst("apidiscovery.k8s.io/".count)) : nil
    }

    private static func isAggregatedResource(_ value: JSONValue) -> Bool {
        guard let name = value["resource"]?.string, APINames.isLabel(name), areNames(value["singularResource"]),
            areNames(value["shortNames"]), areNames(value["categories"]), isType(value["responseKind"])
        else { return false }
        return (value["subresources"]?.array ?? []).allSatisfy { sub in
            guard let name = sub["subresource"]?.string, APINames.isLabel(name) else { return false }
            return isType(sub["responseKind"])
        }
    }

    private static func isType(_ value: JSONValue?) -> Bool {
        guard let value, !value.isNull else { return true }
        let kind = value["kind"]?.string ?? "", version = value["version"]?.string ?? ""
        return APINames.isGroup(value["group"]?.string ?? "") && (kind.isEmpty || APINames.isKind(kind))
            && (version.isEmpty || APINames.isLabel(version))
    }
}
