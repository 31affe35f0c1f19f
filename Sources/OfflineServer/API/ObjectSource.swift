internal import Inspection
internal import SQLite
internal import Synchronization

/// What a client reads of: the objects of a resource, in a namespace or in all.
struct ObjectPlace: Sendable {
    let resource: APIResource
    /// Nil for all, and for what has none.
    let namespace: String?

    /// As in `pods of namespace prod`.
    var words: String {
        guard resource.isNamespaced else { return resource.fullName }
        return resource.fullName + (namespace.map { " of namespace \($0)" } ?? " of all namespaces")
    }
}

/// Reads objects as they were captured, and knows what of them is not here.
struct ObjectSource: Sendable {
    let database: EvidenceDatabase
    let catalog: ResourceCatalog
    let coverage: ListCoverage
    private let versions = KnownVersions()

    init(database: EvidenceDatabase, catalog: ResourceCatalog, coverage: ListCoverage) {
        self.database = database
        self.catalog = catalog
        self.coverage = coverage
    }

    /// Which objects are meant, in the version that they are in.
    struct Selection: Sendable {
        var query: ObjectPage.Query
        /// That they are given; nil where it is their own.
        var apiVersion: String?
    }

    /// Kinds whose two versions differ in nothing but that.
    private static let alike: Set<String> = ["CronJob/batch", "PodDisruptionBudget/policy"]

    /// - Parameter needsVersion: whether objects of another version are of no use; rows of a table are.
    /// - Throws: 403 when they are here in another version only.
    func selection(_ place: ObjectPlace, needsVersion: Bool) throws(APIFailure) -> Selection {
        let resource = place.resource
        let namespace = resource.isNamespaced ? place.namespace : ""
        var query = ObjectPage.Query(kind: resource.kind, apiVersion: resource.groupVersion, namespace: namespace)
        let kind = "\(resource.kind)/\(resource.group)"
        let captured = catalog.capturedVersions[kind] ?? []
        guard !captured.isEmpty, !captured.contains(resource.groupVersion) else { return Selection(query: query) }
        let version = captured.min { left, right in
            ResourceCatalog.isPreferred(Self.version(left), Self.version(right))
        }
        query.apiVersion = version ?? resource.groupVersion
        guard needsVersion else { return Selection(query: query) }
        guard Self.alike.contains(kind), ["v1", "v1beta1"].contains(Self.version(query.apiVersion)),
            ["v1", "v1beta1"].contains(resource.version)
        else {
            throw .notCaptured(
                "\(resource.fullName) as \(resource.groupVersion)", "they were captured as \(query.apiVersion)")
        }
        return Selection(query: query, apiVersion: resource.groupVersion)
    }

    private static func version(_ groupVersion: String) -> String {
        String(groupVersion.split(separator: "/").last ?? "")
    }

    private func answer(_ place: ObjectPlace) -> ListCoverage.Answer {
        let resource = place.resource
        return coverage.answer(
            resource: resource.fullName, kind: "\(resource.kind)/\(resource.group)", namespace: place.namespace,
            isNamespaced: resource.isNamespaced)
    }

    /// - Returns: what a list must be given with, in words; nil where it is all that there was.
    /// - Throws: 403 when the list would be empty, and that is not known to be so.
    func warning(_ place: ObjectPlace, _ selection: Selection) async throws -> String? {
        let reason: String
        switch answer(place) {
        case .whole: return nil
        case .some(let words): reason = words
        case .nothing(let words): reason = words
        }
        guard try await !database.page(of: selection.query, after: nil, withContent: false).rows.isEmpty else {
            throw APIFailure.notCaptured(place.words, reason)
        }
        return "\(place.words): this may not be all: \(reason)"
    }

    /// - Throws: 404 when it was not there, 403 when that is not known.
    func object(
        _ place: ObjectPlace, _ name: String, needsVersion: Bool
    ) async throws -> StoredObject {
        var selection = try selection(place, needsVersion: needsVersion)
        selection.query.name = name
        if let row = try await database.page(of: selection.query, after: nil).rows.first {
            return StoredObject(row, of: place.resource, apiVersion: selection.apiVersion)
        }
        switch answer(place) {
        case .whole: throw APIFailure.notFound(place.resource.name, group: place.resource.group, name: name)
        case .some(let reason), .nothing(let reason):
            throw APIFailure(
                403, "Forbidden",
                SafeText.line("\"\(name)\" is not here, but \(place.words) were not all captured: \(reason)"))
        }
    }

    /// A decimal: as captured with the list, else the highest of its objects.
    func resourceVersion(_ place: ObjectPlace, _ selection: Selection) async throws -> String {
        let resource = place.resource
        let key = "\(selection.query.apiVersion) \(place.words)"
        if let version = versions[key] { return version }
        var known: Int64?
        if database.tables.contains(where: { $0.name == "api_lists" }) {
            known = try await database.rows(
                """
                SELECT max(CAST(resource_version AS INTEGER)) FROM api_lists
                WHERE api_group = ?1 AND resource = ?2 AND (?3 IS NULL OR list_namespace = ?3)
                """,
                [.text(resource.group), .text(resource.name), SQLValue(resource.isNamespaced ? place.namespace : nil)]
            ).first?.first?.integer
        }
        if known == nil {
            known = try await database.rows(
                """
                SELECT max(CAST(json->>'$.metadata.resourceVersion' AS INTEGER)) FROM objects
                WHERE kind = ?1 AND api_version = ?2 AND (?3 IS NULL OR coalesce(namespace, '') = ?3)
                """,
                [
                    .text(selection.query.kind), .text(selection.query.apiVersion),
                    SQLValue(selection.query.namespace),
                ]
            ).first?.first?.integer
        }
        let version = String(max(known ?? 1, 1))
        versions[key] = version
        return version
    }

    /// How many objects stand behind a place.
    func count(_ selection: Selection, after place: ObjectPage.Place?) async throws -> Int {
        var place = place, count = 0
        while true {
            let page = try await database.page(of: selection.query, after: place, withContent: false)
            count += page.rows.count
            guard !page.isLast, let last = page.rows.last else { return count }
            place = last.place
        }
    }
}

/// Resource versions of lists that were looked up.
private final class KnownVersions: Sendable {
    private let known = Mutex<[String: String]>([:])

    subscript(key: String) -> String? {
        get { known.withLock { $0[key] } }
        set {
            known.withLock { known in
                // Namespaces are whatever clients ask for.
                if known.count > 10_000 { known = [:] }
                known[key] = newValue
            }
        }
    }
}
