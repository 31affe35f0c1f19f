extension CollectorCatalog {
    /// Bytes of the values of all parameters of a run: they must fit into the opening record with all else.
    static let maxValueBytes = 256 << 10

    /// All of these collectors with their parameters' values.
    ///
    /// - Throws: ``SelectionError`` for a value that is missing or cannot be.
    public func resolved(set settings: [ParameterSetting]) throws(SelectionError) -> CollectorCatalog {
        CollectorCatalog(try resolved(collectors, profile: nil, set: settings), profiles: profiles)
    }

    /// Definitions with their parameters' values: those that are set, then those of the profile, then their defaults.
    ///
    /// A profile that only has the name of one of the program's sets nothing of collectors that run on the operator's machine,
    /// as it cannot name them: a folder that somebody sent must not be able to say where credentials go.
    func resolved(
        _ chosen: [CollectorDefinition], profile: ProfileDefinition?, set settings: [ParameterSetting]
    ) throws(SelectionError) -> [CollectorDefinition] {
        var given: [String: [String: String]] = [:]
        for setting in settings {
            guard let collector = collectors.first(where: { $0.name == setting.collector }) else {
                throw SelectionError(what: "collector", name: setting.collector, known: collectors.map(\.name))
            }
            guard chosen.contains(where: { $0.name == collector.name }) else {
                throw SelectionError(
                    value: "it has a value, but is not part of this run: --with \(collector.name)", of: collector.name)
            }
            guard given[collector.name, default: [:]].updateValue(setting.value, forKey: setting.parameter) == nil
            else {
                throw SelectionError(value: "\(setting.parameter) is set twice", of: collector.name)
            }
        }
        var bytes = 0
        var resolved: [CollectorDefinition] = []
        for definition in chosen {
            let standing = profile?.values[definition.name] ?? [:]
            if let profile, profile.isBuiltIn, !standing.isEmpty, definition.scope == .local {
                throw SelectionError(
                    value: "its values are in the profile \(profile.name), which has the name of one in this program, "
                        + "and so does not count for what runs on this machine: give the profile a name of its own",
                    of: definition.name)
            }
            let values = standing.merging(given[definition.name] ?? [:]) { $1 }
            let ready = try definition.resolving(values)
            bytes += ready.values.values.reduce(0) { $0 + $1.utf8.count }
            resolved.append(ready)
        }
        guard bytes <= Self.maxValueBytes else {
            throw SelectionError(tooManyValues: bytes, limit: Self.maxValueBytes)
        }
        return resolved
    }
}

extension CollectorCatalog.Selection {
    /// The values of all parameters, by collector: those of which there are any.
    public var values: [String: [String: String]] {
        catalog.collectors.reduce(into: [:]) { values, collector in
            if !collector.values.isEmpty { values[collector.name] = collector.values }
        }
    }
}
