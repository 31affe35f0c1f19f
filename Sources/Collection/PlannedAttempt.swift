public import BundleFormat

/// One thing to capture from one target: what the plan consists of.
public struct PlannedAttempt: Sendable {
    public var collector: String
    public var step: String
    public var target: Target
    /// Who says what this attempt brings.
    public var source: EvidenceSource
    /// RFC 3227 rank; lower starts first.
    public var volatility: Int
    public var limits: StepLimits
    /// What a person reads while it runs: `logs prod/api-7d9/app`.
    public var label: String
    /// Whom it shares its slots with.
    public var lane = Lane.usual
    /// The node whose kubelet does the work, where it is not the API server alone.
    public var kubelet: String?
    /// What the API server must allow for it.
    public var needs: [AccessNeed] = []
    /// Finds out how it would end without making it, by the same code that makes it; nil where only trying tells. It may be
    /// cancelled, and may not obey.
    public var foresee: (@Sendable (Foresight.Reach) async throws -> Foresight)?
    /// What else is tried by what it finds, for people; nil where nothing is.
    public var leadsTo: String?
    /// How it ends, where that is known without trying.
    public var known: Outcome? { settled?.outcome }
    private var settled: Settled?
    /// Does it. Cancelled when its time is up or the run ends early; errors other than `StepFailure` end the attempt as `error`.
    public var work: @Sendable (AttemptContext) async throws -> Outcome

    /// Attempts of one lane wait for each other, and hold up no others.
    public enum Lane: Sendable {
        case usual
        /// Asks something that may never answer, and of which the target may have as many as it likes: a service in a pod.
        case service
        /// Takes its time by intention, and mostly waits.
        case long
    }

    public init(
        collector: String, step: String, target: Target, source: EvidenceSource, volatility: Int, limits: StepLimits,
        label: String, work: @escaping @Sendable (AttemptContext) async throws -> Outcome
    ) {
        self.collector = collector
        self.step = step
        self.target = target
        self.source = source
        self.volatility = volatility
        self.limits = limits
        self.label = label
        self.work = work
    }

    /// An attempt whose end is known without trying: not allowed, or there is nothing to ask.
    public static func settled(
        collector: String, step: String, target: Target, source: EvidenceSource, volatility: Int, label: String,
        outcome: Outcome
    ) -> PlannedAttempt {
        let settled = Settled(outcome)
        var attempt = PlannedAttempt(
            collector: collector, step: step, target: target, source: source, volatility: volatility, limits: .default,
            label: label, work: { _ in settled.outcome })
        attempt.settled = settled
        return attempt
    }

    /// Keeps attempts small: of many pods that do not run there are as many of them as of steps.
    private final class Settled: Sendable {
        let outcome: Outcome

        init(_ outcome: Outcome) {
            self.outcome = outcome
        }
    }
}
