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
            definition.steps.compactMap { step in
                StepRegistry.local(step.kind).map { attempt(definition, step, $0.init(step, definition, options)) }
            }
        }
    }

    private func attempt(
        _ definition: CollectorDefinition, _ step: StepDefinition, _ work: any LocalStepKind
    ) -> PlannedAttempt {
        PlannedAttempt(
            collector: definition.name, step: step.name, target: Target.local, source: step.kind.source,
            volatility: definition.volatility, limits: step.limits, label: "\(step.name) on this machine"
        ) { context in
            try await work.run(context)
        }
    }
}

extension Target {
    /// The machine that the tool runs on, as the place of the operator's own programs.
    static let local = Target(kind: "Local")
}
