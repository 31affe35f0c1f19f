internal import BundleFormat
internal import Collection
internal import CollectorSteps
internal import KubernetesClient

/// The ledger line for a cluster that could not be reached while other targets could.
enum ClusterUnavailable {
    static func attempt(_ error: any Error) -> PlannedAttempt {
        let outcome: Outcome
        if let error = error as? KubernetesError {
            outcome = APIOutcome.outcome(error)
        } else {
            outcome = error is TargetError ? .missing("TargetNotFound", "\(error)") : .error("Unexpected", "\(error)")
        }
        return .settled(
            collector: "pods", step: "connect", target: Target(kind: "Cluster"), source: .api, volatility: 0,
            label: "connect to the cluster", outcome: outcome)
    }
}
