internal import BundleFormat
internal import Collection

/// How long one attempt may wait for a service in a pod. A pod may declare any number of ports at which it never answers: that must
/// not take the time of others.
struct ServicePatience: Sendable {
    /// In a pod where a service did not answer before, the next ones get little time.
    private static let afterSilence = Duration.seconds(4)
    /// After so many nothing more is asked there.
    private static let mostSilences = 3

    let memory: ToolMemory
    let pod: PodSummary

    /// How a further attempt ends without being made; nil when it may be made.
    var refusal: Outcome? {
        let silences = memory.silences(of: pod)
        guard silences >= Self.mostSilences else { return nil }
        return .skipped("NoAnswers", "\(silences) requests to this pod were not answered in time: no more are sent")
    }

    /// What an attempt may take of the time that its step has.
    func limit(_ time: Duration) -> Duration {
        memory.silences(of: pod) > 0 ? min(time, Self.afterSilence) : time
    }

    /// - Parameter isUnderWay: whether the service owes an answer. What was not asked, or has ended, says nothing of it.
    func bounded(
        within time: Duration, isUnderWay: @escaping @Sendable () -> Bool,
        work: @escaping @Sendable () async throws -> Outcome
    ) async throws -> Outcome {
        if let refusal { return refusal }
        let noting: @Sendable () async throws -> Outcome = {
            try await withTaskCancellationHandler {
                try await work()
            } onCancel: {
                if isUnderWay() { memory.noteSilence(of: pod) }
            }
        }
        let limit = limit(time)
        // The end of the step's own time is the engine's.
        guard limit < time else { return try await noting() }
        let words = "no answer within \(limit); an earlier request to this pod was not answered either"
        return try await Patience.within(limit, late: words, noting)
    }
}
