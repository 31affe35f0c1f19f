internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import StructuredText
internal import Synchronization

/// Pods as they are found, for the attempts that are planned from them.
final class FoundPods: Sendable {
    private let state = Mutex<[PodSummary]>([])

    func add(_ pod: PodSummary) {
        state.withLock { $0.append(pod) }
    }

    var pods: [PodSummary] { state.withLock { $0 } }
}

/// Step kind `pods`: the list of the target's pods, written as it arrives; the plan continues from it.
struct PodsStep: Sendable {
    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    func plan(_ target: ClusterTarget, found: FoundPods) throws -> PlannedAttempt {
        let pods = try session.core("pods")
        let namespace: String? = if case .cluster = target.reach { nil } else { target.namespace }
        let filter: ClusterTarget.PodFilter? = if case .pods(let filter) = target.reach { filter } else { nil }
        return PlannedAttempt(
            collector: definition.name, step: step.kind, target: Target.resource("pods", namespace: namespace),
            source: .api, volatility: definition.volatility, limits: step.limits,
            label: "find pods\(namespace.map { " in \($0)" } ?? "")"
        ) { context in
            try await APIOutcome.translating {
                var capture = ListCapture(session: session, resource: pods, namespace: namespace)
                capture.found = { found.add($0) }
                capture.labelSelector = filter?.labelSelector
                capture.fieldSelector = filter?.fieldSelector
                if let uids = filter?.ownerUIDs {
                    capture.keeps = { pod in ObjectMetadata(pod).owners.contains { uids.contains($0.uid) } }
                }
                return try await capture.run(context)
            }
        }
    }
}
