internal import BundleFormat
internal import Collection
internal import KubernetesClient

/// Groups of the API that could not be discovered: their objects are not captured, and the ledger says so.
enum DiscoveryFailures {
    static func attempts(_ discovery: Discovery) -> [PlannedAttempt] {
        discovery.failures.map { failure in
            .settled(
                collector: "objects", step: "discovery", target: Target(group: failure.groupVersion), source: .api,
                volatility: 0, label: "discover \(failure.groupVersion)", outcome: APIOutcome.outcome(failure.error))
        }
    }
}
