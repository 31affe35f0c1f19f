internal import BundleFormat
public import Collection

/// Plans what is captured by programs on the operator's machine.
///
/// That such a collector is in the catalog means that the operator named it: ``CollectorCatalog/selection(profile:with:without:)``
/// sees to that, and nothing that a cluster says is looked at here.
public struct LocalCapture: Sendable {
    public struct Options: Sendable {
        /// Which plugins may run.
        public var plugins: [AllowedPlugin] = []
        public init() {}
    }

    let catalog: CollectorCatalog
    let options: Options

    public init(catalog: CollectorCatalog, options: Options) {
        self.catalog = catalog
        self.options = options
    }

    /// One attempt per step of each collector with the scope `local`. They are for the end of a run: what is on this machine
    /// does not go away.
    public func plan() -> [PlannedAttempt] {
        catalog.collectors(of: [.local]).flatMap { definition in
            definition.steps.flatMap { step in
                (StepRegistry.local(step.kind)?.init(step, definition, options).parts() ?? []).map {
                    attempt(definition, step, $0)
                }
            }
        }
    }

    private func attempt(
        _ definition: CollectorDefinition, _ step: StepDefinition, _ part: LocalPart
    ) -> PlannedAttempt {
        var attempt = PlannedAttempt(
            collector: definition.name, step: step.name, target: Target.local(part.name), source: step.kind.source,
            volatility: definition.volatility, limits: step.limits,
            label: part.name.map { "\(step.name) \($0)" } ?? "\(step.name) on this machine", work: part.run)
        attempt.foresee = { Foresight(try await part.foresee($0)) }
        return attempt
    }
}

extension Target {
    /// The machine that the tool runs on, as the place of the operator's own programs.
    ///
    /// - Parameter name: what is asked from there over the network.
    static func local(_ name: String? = nil) -> Target { Target(kind: "Local", name: name) }
}
