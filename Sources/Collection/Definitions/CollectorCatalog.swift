/// A file that the build put into the binary.
struct EmbeddedFile: Sendable {
    /// Path below `collectors/`.
    let path: String
    let text: String
}

/// The collectors that a run can choose from.
public struct CollectorCatalog: Sendable {
    /// In order of volatility, then by name.
    public let collectors: [CollectorDefinition]

    public init(_ collectors: [CollectorDefinition]) {
        self.collectors = collectors.sorted { ($0.volatility, $0.name) < ($1.volatility, $1.name) }
    }

    /// The collectors under `collectors/` of the sources, as they were when this binary was built.
    public static func builtIn(kinds: StepKinds) throws(DefinitionError) -> CollectorCatalog {
        var collectors: [CollectorDefinition] = []
        for file in embeddedCollectors {
            collectors.append(try CollectorDefinitionDecoder(file: file.path, kinds: kinds).decode(file.text))
        }
        return CollectorCatalog(collectors)
    }

    /// The definitions of the given scopes.
    public func collectors(of scopes: Set<CollectorScope>) -> [CollectorDefinition] {
        collectors.filter { scopes.contains($0.scope) }
    }
}
