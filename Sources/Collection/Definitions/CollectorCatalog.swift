/// A file that the build put into the binary.
struct EmbeddedFile: Sendable {
    /// Path below `collectors/`.
    let path: String
    let text: String
}

/// The collectors and profiles that a run can choose from.
public struct CollectorCatalog: Sendable {
    /// In order of volatility, then by name.
    public private(set) var collectors: [CollectorDefinition]
    /// By name.
    public private(set) var profiles: [ProfileDefinition]

    public init(_ collectors: [CollectorDefinition], profiles: [ProfileDefinition] = []) {
        self.collectors = collectors.sorted { ($0.volatility, $0.name) < ($1.volatility, $1.name) }
        self.profiles = profiles.sorted { $0.name < $1.name }
    }

    /// Those under `collectors/` of the sources, as they were when this binary was built.
    public static func builtIn(kinds: StepKinds) throws(DefinitionError) -> CollectorCatalog {
        var catalog = CollectorCatalog([])
        for file in embeddedCollectors { try catalog.add(file: file.path, text: file.text, kinds: kinds) }
        for index in catalog.profiles.indices { catalog.profiles[index].isBuiltIn = true }
        return catalog
    }

    /// What is made of each collector of this program.
    static func embedded<Made>(
        _ make: (EmbeddedFile) throws(DefinitionError) -> Made
    ) throws(DefinitionError) -> [Made] {
        var all: [Made] = []
        for file in embeddedCollectors where !isAmongProfiles(file.path) { all.append(try make(file)) }
        return all
    }

    /// Whether a file of this path is read as a profile: in a folder `profiles`.
    public static func isAmongProfiles(_ file: String) -> Bool {
        file.split(separator: "/").dropLast().last == "profiles"
    }

    /// Adds the collector or the profile of a file. One of the same name is replaced.
    ///
    /// - Parameter file: its path, for messages; in a folder `profiles` it is a profile.
    /// - Returns: what was replaced, as `collector redis`; nil when nothing was.
    @discardableResult
    public mutating func add(file: String, text: String, kinds: StepKinds) throws(DefinitionError) -> String? {
        if Self.isAmongProfiles(file) {
            var profile = try ProfileDecoder(file: file).decode(text)
            profile.isBuiltIn = profiles.contains { $0.name == profile.name && $0.isBuiltIn }
            let others = profiles.filter { $0.name != profile.name }
            defer { self = CollectorCatalog(collectors, profiles: others + [profile]) }
            return others.count < profiles.count ? "profile \(profile.name)" : nil
        }
        let collector = try CollectorDefinitionDecoder(file: file, kinds: kinds).decode(text)
        let others = collectors.filter { $0.name != collector.name }
        if !collector.findsPods, collectors.contains(where: { $0.name == collector.name && $0.findsPods }) {
            throw DefinitionError(
                file: file, line: collector.lines["metadata"],
                message: "\(collector.name) is what finds the pods, and without it nothing in them could be captured: "
                    + "give this one another name, or a step that finds pods")
        }
        if collector.findsPods, let other = others.first(where: \.findsPods) {
            throw DefinitionError(
                file: file, line: nil,
                message: "\(other.name) finds the pods already; name this one so to take its place")
        }
        if let clash = TableClash.first(of: collector, with: others) {
            throw DefinitionError(file: file, line: clash.line, message: clash.message)
        }
        defer { self = CollectorCatalog(others + [collector], profiles: profiles) }
        return others.count < collectors.count ? "collector \(collector.name)" : nil
    }

    /// The definitions of the given scopes.
    public func collectors(of scopes: Set<CollectorScope>) -> [CollectorDefinition] {
        collectors.filter { scopes.contains($0.scope) }
    }

    /// What a profile picks, with what is added and taken away by patterns of names, each within the profile's limits.
    ///
    /// What is added by its whole name is there even if a pattern takes it away. What finds the pods is always there:
    /// everything in containers is planned from it. What runs on the operator's machine, or lets a cluster decide what is asked, is there only when its whole name was
    /// added, or stands in a profile that the operator chose by a name that none of the program's profiles has: a folder that
    /// somebody sent must not be able to run programs by bringing a profile `incident`.
    ///
    /// - Parameter settings: values of parameters of what is picked; they go before those of the profile.
    /// - Throws: ``SelectionError`` for a name or pattern that fits nothing, for the name of what finds the pods among
    ///   those that are taken away, and for a parameter whose value is missing or cannot be.
    public func selection(
        profile name: String, with added: [String] = [], without removed: [String] = [],
        set settings: [ParameterSetting] = []
    ) throws(SelectionError) -> Selection {
        guard let profile = profiles.first(where: { $0.name == name }) else {
            throw SelectionError(what: "profile", name: name, known: profiles.map(\.name))
        }
        for pattern in added + removed where !collectors.contains(where: { Glob.matches(pattern, $0.name) }) {
            throw SelectionError(what: "collector", name: pattern, known: collectors.map(\.name))
        }
        for pattern in added {
            let fitting = collectors.filter { Glob.matches(pattern, $0.name) }
            if fitting.allSatisfy({ $0.mustBeNamed && $0.name != pattern && !profile.names($0.name) }) {
                throw SelectionError(pattern: pattern, unnamed: fitting.map(\.name))
            }
        }
        if let finder = collectors.first(where: { $0.findsPods && removed.contains($0.name) }) {
            throw SelectionError(needed: finder.name)
        }
        let chosen = collectors.filter { collector in
            if collector.findsPods { return true }
            if removed.contains(collector.name) { return false }
            if added.contains(collector.name) { return true }
            if collector.mustBeNamed, !profile.names(collector.name) { return false }
            func isNamed(_ patterns: [String]) -> Bool { patterns.contains { Glob.matches($0, collector.name) } }
            return !isNamed(removed) && (profile.includes(collector.name) || isNamed(added))
        }
        let resolved = try resolved(chosen, profile: profile, set: settings)
        return Selection(profile: profile, catalog: CollectorCatalog(resolved.map(profile.limited)))
    }

    /// What a run captures; no definition in it has a parameter without a value.
    public struct Selection: Sendable {
        public var profile: ProfileDefinition
        public var catalog: CollectorCatalog
    }
}
