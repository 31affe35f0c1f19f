internal import BundleFormat
public import Collection
internal import LinuxHost

/// Plans the capture of the host that the tool runs on.
public struct HostCapture: Sendable {
    public struct Options: Sendable {
        /// How far back changed files and the journal go.
        public var since: Duration = .seconds(86_400)
        /// Nil takes one snapshot and no more.
        public var sampling: Sampling?
        /// Where the host's root directory is: `/`, or where a node agent's pod sees it.
        package var root = "/"
        /// Only collectors that say which host it is and what runs on it, and those of these names: the target is something on the host,
        /// and not all of it. Nil: all collectors.
        package var only: Set<String>?
        public init() {}
    }

    let catalog: CollectorCatalog
    let options: Options

    public init(catalog: CollectorCatalog, options: Options) {
        self.catalog = catalog
        self.options = options
    }

    /// One attempt per step of each collector with the scope `host`, and one more where samples are taken.
    public func plan() -> [PlannedAttempt] {
        catalog.collectors(of: [.host]).filter(isWanted).flatMap { definition in
            definition.steps.flatMap { step -> [PlannedAttempt] in
                guard let kind = StepRegistry.host(step.kind)?.init(step, options) else { return [] }
                let once = attempt(definition, step, kind)
                guard let sampling = options.sampling, let sampled = kind as? any SampledHostStepKind else {
                    return [once]
                }
                return [once, samples(sampling, definition, step, sampled)]
            }
        }
    }

    private func isWanted(_ definition: CollectorDefinition) -> Bool {
        guard let only = options.only else { return true }
        return only.contains(definition.name)
            || definition.steps.allSatisfy { StepRegistry.host($0.kind)?.placesOthers == true }
    }

    private func samples(
        _ sampling: Sampling, _ definition: CollectorDefinition, _ step: StepDefinition,
        _ work: any SampledHostStepKind
    ) -> PlannedAttempt {
        var attempt = PlannedAttempt(
            collector: definition.name, step: "\(step.name) samples", target: Target.host, source: step.kind.source,
            volatility: Sampling.volatility, limits: sampling.limits(step.limits),
            label: "samples of \(step.name) of this host"
        ) { context in
            try await HostFailure.translating { try await work.sample(sampling, context) }
        }
        attempt.lane = .long
        return attempt
    }

    private func attempt(
        _ definition: CollectorDefinition, _ step: StepDefinition, _ work: any HostStepKind
    ) -> PlannedAttempt {
        var attempt = PlannedAttempt(
            collector: definition.name, step: step.name, target: Target.host, source: step.kind.source,
            volatility: definition.volatility, limits: step.limits, label: "\(step.name) of this host"
        ) { context in
            try await HostFailure.translating { try await work.run(context) }
        }
        attempt.lane = type(of: work).lane
        return attempt
    }
}

extension StepLimits {
    /// What a step gives itself that ends before its time is up, to keep what it has: all but two seconds, of a short time three quarters.
    var ownEnd: Duration { timeout - min(.seconds(2), timeout / 4) }
}

/// Turns what the host refused into the end state of an attempt.
enum HostFailure {
    static func translating(_ work: () async throws -> Outcome) async throws -> Outcome {
        do {
            return try await work()
        } catch let error as HostError {
            throw StepFailure(outcome(error))
        }
    }

    static func outcome(_ error: HostError) -> Outcome {
        let state: AttemptState =
            switch error.code {
            case .permissionDenied: .denied
            case .notFound, .vanished: .missing
            case .timedOut: .timeout
            case .limitReached: .partial
            default: .error
            }
        return Outcome(state, reason: Reason(code: error.code.ledgerCode, message: error.description))
    }

    /// `ok` when nothing was refused; `partial` with the first failure and their number otherwise.
    static func outcome(_ failures: FailureLog, cancelled: Bool = false) throws -> Outcome {
        if cancelled { throw CancellationError() }
        guard let first = failures.failures.first else { return .ok }
        return .partial(first.code.ledgerCode, "could not be read: \(failures.count), the first: \(first)")
    }

    /// Writes what could not be read beside what could.
    static func write(_ failures: FailureLog, _ path: [String], _ context: AttemptContext) async throws {
        guard failures.count > 0 else { return }
        var lines: [UInt8] = []
        for failure in failures.failures { failure.appendJSONLine(to: &lines) }
        try await context.entry(path, media: .jsonLines, bytes: lines)
    }
}

extension HostError.Code {
    /// As reason codes are written in the ledger: `permission-denied` is `PermissionDenied`.
    var ledgerCode: String {
        rawValue.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}
