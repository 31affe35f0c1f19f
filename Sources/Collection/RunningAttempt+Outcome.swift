internal import Bundle
internal import BundleFormat

extension RunningAttempt.End {
    /// How an attempt ended, as the ledger has it.
    ///
    /// - Parameters:
    ///   - cause: why it was stopped, if it was.
    ///   - bytes: what it has brought.
    func outcome(
        cause: StopCause?, of planned: PlannedAttempt, bytes: UInt64, _ budgets: CollectorBudgets
    ) -> Outcome {
        switch (self, cause) {
        case (.finished(.success(let outcome)), _):
            return outcome
        case (_, .timeout?):
            return Outcome(
                .timeout,
                reason: Reason(
                    code: "Timeout", message: "did not end within \(planned.limits.timeout)\(meanwhile)"))
        case (_, .collectorTimeout?):
            return budgets.cutOff(planned.collector, meanwhile)
        case (_, .deadline?):
            return Outcome(.timeout, reason: Reason(code: "Deadline", message: "cut off by the deadline of the run"))
        case (_, .outOfRoom(let end)?):
            return Outcome(
                bytes > 0 ? .partial : .error,
                reason: Reason(code: end.reasonCode, message: "cut off: \(end.words)"))
        case (_, .interrupted?):
            return Outcome(
                bytes > 0 ? .partial : .error,
                reason: Reason(code: "Interrupted", message: "cut off: the run was ended early"))
        case (.finished(.failure(let failure)), nil):
            guard let step = failure as? StepFailure else {
                return Self.keeping(bytes, .error("Unexpected", "\(failure)"))
            }
            return Self.keeping(bytes, step.outcome)
        case (.abandoned, nil):
            return .error("Abandoned", "was left behind without a cause")
        }
    }

    /// What there is to say of an attempt whose time was up.
    private var meanwhile: String {
        switch self {
        case .abandoned: "; it did not obey and was left behind"
        case .finished(.failure(let failure as CutOff)): "; \(failure.meanwhile)"
        case .finished: ""
        }
    }

    /// What failed after it had brought something is `partial`, with the reason kept.
    private static func keeping(_ bytes: UInt64, _ outcome: Outcome) -> Outcome {
        guard bytes > 0, [.denied, .missing, .error].contains(outcome.state) else { return outcome }
        return Outcome(.partial, reason: outcome.reason, truncated: outcome.truncated)
    }
}
