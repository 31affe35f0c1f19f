internal import Collection

/// Looking at sockets and processes again and again (`collect --sample`), since one snapshot misses what comes for a second.
public struct Sampling: Sendable {
    /// For how long.
    public let length: Duration
    /// From the end of one sample to the next one.
    public let interval: Duration

    /// What `length` may be: the least is the interval; at an hour a capture becomes a monitor.
    public static let lengths = Duration.seconds(1)...Duration.seconds(3_600)

    public init(length: Duration, interval: Duration = .seconds(1)) {
        self.length = length
        self.interval = interval
    }

    /// After the first snapshots, which nothing may hold up.
    static let volatility = 3

    /// The samples of a step have the bytes of the step, and the time that they take beside its own.
    func limits(_ step: StepLimits) -> StepLimits {
        StepLimits(timeout: length + step.timeout, bytes: step.bytes)
    }
}

/// A step kind on the host of which samples can be taken.
protocol SampledHostStepKind: HostStepKind {
    func sample(_ sampling: Sampling, _ context: AttemptContext) async throws -> Outcome
}

/// A step kind in a container of which samples can be taken.
protocol SampledContainerStepKind: ContainerStepKind {
    func plan(_ sampling: Sampling, _ pod: PodSummary, _ container: PodSummary.Container) -> [PlannedAttempt]
}
