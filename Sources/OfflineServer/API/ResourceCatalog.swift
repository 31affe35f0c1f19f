internal import StructuredText

/// What the API server served, as far as it is known: by what clients are told, and requests find their objects.
struct ResourceCatalog: Sendable {
    /// A resource in one version, with what discovery says of it.
    struct Entry: Sendable {
        let resource: APIResource
        var singular = ""
        var shortNames: [String] = []
        var categories: [String] = []
        var verbs = ["get", "list", "watch"]
    }

    /// Of one group and version.
    struct Version: Sendable {
        var entries: [Entry] = []
        /// As captured; nil where it was made up of what is there.
        var document: [UInt8]?
    }

    /// By group version, as in `apps/v1`.
    private(set) var versions: [String: Version] = [:]
    private var resources: [String: APIResource] = [:]
    /// As in `apps/v1/Deployment`, and without the version.
    private var kinds: Set<String> = []
    /// As captured.
    var core: [UInt8]?
    var groups: [UInt8]?
    /// Aggregated, with the version of apidiscovery.k8s.io that they are of.
    var aggregatedCore: (version: String, document: [UInt8])?
    var aggregatedGroups: (version: String, document: [UInt8])?
    /// By resource and group, as in `cases.example.org`: the fields by which custom resources can be selected.
    var selectableFields: [String: Set<String>] = [:]
    /// By kind and group, as in `CronJob/batch`: the group versions that objects were captured in.
    var capturedVersions: [String: [String]] = [:]
    /// What was left out, in words.
    var notes: [String] = []

    private static let mostResources = 20_000

    /// The version of a group replaces what was known of it.
    mutating func add(_ groupVersion: String, _ version: Version) {
        versions[groupVersion] = version
        for entry in version.entries { index(entry.resource) }
    }

    mutating func add(_ entry: Entry) {
        guard index(entry.resource) else { return }
        versions[entry.resource.groupVersion, default: Version()].entries.append(entry)
    }

    @discardableResult
    private mutating func index(_ resource: APIResource) -> Bool {
        guard resources.count < Self.mostResources else {
            if !notes.contains(Self.tooMany) { notes.append(Self.tooMany) }
            return false
        }
        kinds.insert("\(resource.groupVersion)/\(resource.kind)")
        kinds.insert("\(resource.group)//\(resource.kind)")
        return resources.updateValue(resource, forKey: "\(resource.groupVersion)/\(resource.name)") == nil
    }

    private static let tooMany = "discovery: more than \(mostResources) resources; the rest is not served"

    func resource(_ groupVersion: String, _ name: String) -> APIResource? { resources["\(groupVersion)/\(name)"] }

    /// Whether any resource is of the kind, in whatever version.
    func hasKind(_ kind: String, in group: String) -> Bool { kinds.contains("\(group)//\(kind)") }

    func hasKind(_ kind: String, inVersion groupVersion: String) -> Bool { kinds.contains("\(groupVersion)/\(kind)") }

    /// The versions of each group but the core, the preferred one first.
    var groupVersions: [(group: String, versions: [String])] {
        var found: [String: [String]] = [:]
        for groupVersion in versions.keys {
            guard let (group, version) = APINames.groupVersion(groupVersion), !group.isEmpty else { continue }
            found[group, default: []].append(version)
        }
        return found.sorted { $0.key < $1.key }.map { ($0.key, $0.value.sorted(by: Self.isPreferred)) }
    }

    var coreVersions: [String] { versions.keys.filter { !$0.contains("/") }.sorted(by: Self.isPreferred) }

    /// As Kubernetes orders versions: `v2`, `v1`, `v1beta2`, `v1beta1`, `v1alpha1`, then others by their text.
    static func isPreferred(_ left: String, _ right: String) -> Bool {
        let (first, second) = (rank(left), rank(right))
        return first == second ? left < right : first.lexicographicallyPrecedes(second)
    }

    private static func rank(_ version: String) -> [Int] {
        let digits = version.dropFirst().prefix { $0.isNumber }
        guard version.first == "v", let major = Int(digits) else { return [3, 0, 0] }
        let rest = version.dropFirst(1 + digits.count)
        if rest.isEmpty { return [0, -major, 0] }
        for (stage, word) in ["beta", "alpha"].enumerated() where rest.hasPrefix(word) {
            guard let minor = Int(rest.dropFirst(word.count)) else { break }
            return [1 + stage, -major, -minor]
        }
        return [3, 0, 0]
    }
}
