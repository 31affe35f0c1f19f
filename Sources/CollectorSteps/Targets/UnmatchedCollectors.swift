internal import BundleFormat
public import Collection

/// Collectors that the operator named, and by which nothing was planned: else nothing would say that they brought nothing.
public enum UnmatchedCollectors {
    /// An attempt for each, which is `missing`.
    ///
    /// - Parameters:
    ///   - named: as they were given; what is a pattern and no name is passed over.
    ///   - planned: the names of collectors that something was planned by.
    public static func attempts(
        _ catalog: CollectorCatalog, named: [String], planned: Set<String>
    ) -> [PlannedAttempt] {
        let names = Set(named).subtracting(planned)
        return catalog.collectors.filter { names.contains($0.name) }.map { definition in
            .settled(
                collector: definition.name, step: "select", target: Target(kind: "Collector", name: definition.name),
                source: source(definition.scope), volatility: definition.volatility,
                label: "what \(definition.name) is for",
                outcome: .missing(
                    "NoTarget", "\(words(definition.scope)) (exhibit collectors show \(definition.name))"))
        }
    }

    private static func source(_ scope: CollectorScope) -> EvidenceSource {
        switch scope {
        case .host, .local: .local
        default: .api
        }
    }

    private static func words(_ scope: CollectorScope) -> String {
        switch scope {
        case .host: "it is for hosts, and this host is not a target"
        case .pod, .container: "no container that was found is one that it is for, or others capture the same"
        default: "the target has nothing that it is for"
        }
    }
}
