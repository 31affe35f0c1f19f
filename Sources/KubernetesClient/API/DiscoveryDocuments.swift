internal import StructuredText

/// Reads the documents of discovery, both the aggregated ones (Kubernetes 1.26 and later) and the one-by-one ones.
/// Source: k8s.io/api `apidiscovery/v2`, k8s.io/apimachinery `meta/v1`.
enum DiscoveryDocuments {
    static let maxBytes = 64 << 20
    /// The aggregated form, newest first, and what older servers send.
    static let accept =
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
        + "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

    /// What `/api` or `/apis` says.
    enum Root {
        /// Groups with the resources of each version; `stale` lists group versions that the server could not refresh.
        case aggregated(Discovery, stale: [(group: String, version: String)])
        case groups([Discovery.Group])
    }

    static func root(_ bytes: [UInt8]) -> Root? {
        guard let value = try? JSONValue(parsing: bytes, limits: JSONLimits(depth: 64, bytes: maxBytes)) else {
            return nil
        }
        switch value["kind"]?.string {
        case "APIGroupDiscoveryList": return aggregated(value)
        case "APIGroupList": return .groups((value["groups"]?.array ?? []).compactMap(group))
        case "APIVersions":
            let versions = (value["versions"]?.array ?? []).compactMap(\.string)
            guard let first = versions.first else { return .groups([]) }
            return .groups([Discovery.Group(name: "", versions: versions, preferredVersion: first)])
        default: return nil
        }
    }

    /// An `APIResourceList`.
    static func resources(_ bytes: [UInt8], group: String, version: String) -> [APIResource]? {
        guard let value = try? JSONValue(parsing: bytes, limits: JSONLimits(depth: 64, bytes: maxBytes)),
            value["kind"]?.string == "APIResourceList"
        else { return nil }
        var result: [APIResource] = []
        var subresources: [String: [String]] = [:]
        for entry in value["resources"]?.array ?? [] {
            guard let name = entry["name"]?.string else { continue }
            let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
            if parts.count == 2 {
                subresources[parts[0], default: []].append(parts[1])
            } else if let kind = entry["kind"]?.string, RequestPath.isValidSegment(name) {
                result.append(
                    APIResource(
                        group: group, version: version, resource: name, kind: kind,
                        namespaced: entry["namespaced"]?.bool ?? false, verbs: strings(entry["verbs"]),
                        shortNames: strings(entry["shortNames"]), categories: strings(entry["categories"]),
                        singularName: entry["singularName"]?.string ?? ""))
            }
        }
        for index in result.indices { result[index].subresources = subresources[result[index].resource] ?? [] }
        return result
    }

    private static func aggregated(_ value: JSONValue) -> Root {
        var discovery = Discovery()
        var stale: [(group: String, version: String)] = []
        for item in value["items"]?.array ?? [] {
            let group = item["metadata"]?["name"]?.string ?? ""
            guard group.isEmpty || RequestPath.isValidSegment(group) else { continue }
            var versions: [String] = []
            for entry in item["versions"]?.array ?? [] {
                guard let version = entry["version"]?.string, RequestPath.isValidSegment(version) else { continue }
                versions.append(version)
                if entry["freshness"]?.string == "Stale" {
                    stale.append((group, version))
                } else {
                    discovery.resources += (entry["resources"]?.array ?? [])
                        .compactMap { aggregatedResource($0, group: group, version: version) }
                }
            }
            guard let first = versions.first else { continue }
            discovery.groups.append(Discovery.Group(name: group, versions: versions, preferredVersion: first))
        }
        return .aggregated(discovery, stale: stale)
    }

    private static func aggregatedResource(_ entry: JSONValue, group: String, version: String) -> APIResource? {
        guard let name = entry["resource"]?.string, RequestPath.isValidSegment(name),
            let kind = entry["responseKind"]?["kind"]?.string, !kind.isEmpty
        else { return nil }
        return APIResource(
            group: group, version: version, resource: name, kind: kind,
            namespaced: entry["scope"]?.string == "Namespaced", verbs: strings(entry["verbs"]),
            shortNames: strings(entry["shortNames"]), categories: strings(entry["categories"]),
            subresources: (entry["subresources"]?.array ?? []).compactMap { $0["subresource"]?.string },
            singularName: entry["singularResource"]?.string ?? "")
    }

    private static func group(_ value: JSONValue) -> Discovery.Group? {
        guard let name = value["name"]?.string, RequestPath.isValidSegment(name) else { return nil }
        let versions = (value["versions"]?.array ?? []).compactMap { $0["version"]?.string }
            .filter(RequestPath.isValidSegment)
        guard let first = versions.first else { return nil }
        return Discovery.Group(
            name: name, versions: versions, preferredVersion: value["preferredVersion"]?["version"]?.string ?? first)
    }

    private static func strings(_ value: JSONValue?) -> [String] {
        (value?.array ?? []).compactMap(\.string)
    }
}
