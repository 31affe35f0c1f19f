internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import StructuredText
internal import Synchronization

/// Pods as they are found, each once, for the attempts that are planned from them.
final class FoundPods: Sendable {
    private struct State {
        var pods: [PodSummary] = []
        var places: [String: Int] = [:]
    }

    private let state = Mutex(State())

    /// A pod that was found before is replaced: this is its newer state.
    func add(_ pod: PodSummary) {
        state.withLock { state in
            let key = "\(pod.namespace)/\(pod.name)/\(pod.metadata.uid)"
            if let place = state.places[key] {
                state.pods[place] = pod
            } else {
                state.places[key] = state.pods.count
                state.pods.append(pod)
            }
        }
    }

    var pods: [PodSummary] { state.withLock { $0.pods } }
}

/// Step kind `pods`: the list of the target's pods, written as it arrives; the plan continues from it.
struct PodsStep: Sendable {
    static let kind = {
        var kind = StepKind(
            "pods", scopes: [.namespace],
            summary:
                "The pods of the target, from which everything in containers is planned. One collector has this step, and it is the first.",
            source: .api,
            output: .fixed([
                "namespaces/<namespace>/core/pods.yaml", "namespaces/<namespace>/pods/<pod>/<pod>.yaml",
            ]))
        kind.findsPods = true
        return kind
    }()

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    func plan(_ target: ClusterTarget, found: FoundPods) throws -> PlannedAttempt {
        let pods = try session.core("pods")
        let namespace: String? = if case .cluster = target.reach { nil } else { target.namespace }
        let filters: [ClusterTarget.PodFilter] = if case .pods(let filters) = target.reach { filters } else { [] }
        let seeds = filters.compactMap(\.seed)
        for seed in seeds { found.add(seed.pod) }
        var attempt = PlannedAttempt(
            collector: definition.name, step: step.name, target: Target.resource("pods", namespace: namespace),
            source: .api, volatility: definition.volatility, limits: step.limits,
            label: "find pods\(namespace.map { " in \($0)" } ?? "")"
        ) { context in
            do {
                return try await APIOutcome.translating {
                    var capture = ListCapture(session: session, resource: pods, namespace: namespace)
                    capture.found = { found.add($0) }
                    if !filters.isEmpty { capture.selections = filters.map(Self.selection) }
                    let outcome = try await capture.run(context)
                    guard outcome.state == .empty, !filters.isEmpty else { return outcome }
                    throw StepFailure(.missing("NoPods", "no pod matches what was asked for"))
                }
            } catch let failure as StepFailure where !seeds.isEmpty && context.bytes == 0 {
                // The pod could be read a moment ago: what was read then is kept, and its containers are tried.
                for seed in seeds { try await keep(seed, context) }
                throw failure
            }
        }
        attempt.needs = [AccessNeed("list", "pods", namespace: namespace)] + Self.lookup(session, target)
        return attempt
    }

    /// What finding the target needs, before there is anything to capture.
    static func lookup(_ session: ClusterSession, _ target: ClusterTarget) -> [AccessNeed] {
        let name: String
        switch target.specification {
        case .pod: name = "pods"
        case .workload(let resource, _): name = resource
        case .host, .cluster, .namespace, .selector: return []
        }
        guard let resource = session.discovery.resource(named: name) else { return [] }
        return [AccessNeed("get", group: resource.group, resource.resource, namespace: target.namespace)]
    }

    /// Finds the pods without capturing anything.
    ///
    /// - Parameter most: not more than so many pods are read for each selection, and not many more containers taken.
    /// - Returns: whether there are more.
    /// - Throws: `KubernetesError`; what was found until then is in `found`.
    static func look(
        _ session: ClusterSession, _ target: ClusterTarget, found: FoundPods, most: Int
    ) async throws -> Bool {
        var isCut = false
        var containers = 0
        let pods = try session.core("pods")
        let namespace: String? = if case .cluster = target.reach { nil } else { target.namespace }
        var selections = [ListCapture.Selection()]
        if case .pods(let filters) = target.reach {
            for seed in filters.compactMap(\.seed) { found.add(seed.pod) }
            selections = filters.map(selection)
        }
        for selection in selections {
            var count = 0
            _ = try await session.client.list(
                pods, namespace: namespace, labelSelector: selection.labelSelector,
                fieldSelector: selection.fieldSelector,
                options: ListOptions(
                    limit: ListCapture.pageSize, maxItemBytes: ListCapture.maxObjectBytes, maxItems: most),
                onRestart: { _ in }
            ) { item in
                count += 1
                let object = try JSONValue(parsing: item)
                let metadata = ObjectMetadata(object)
                guard selection.keeps?(object) ?? true, ObjectMetadata.isName(metadata.name),
                    namespace == nil || metadata.namespace == namespace
                else { return }
                let pod = PodSummary(object)
                containers += pod.containers.count
                if containers <= 2 * most { found.add(pod) } else { isCut = true }
            }
            isCut = isCut || count >= most
        }
        return isCut
    }

    private static func selection(_ filter: ClusterTarget.PodFilter) -> ListCapture.Selection {
        var selection = ListCapture.Selection(labelSelector: filter.labelSelector, fieldSelector: filter.fieldSelector)
        if let uids = filter.ownerUIDs {
            selection.keeps = { pod in ObjectMetadata(pod).owners.contains { uids.contains($0.uid) } }
        }
        return selection
    }

    private func keep(_ seed: ClusterTarget.Seed, _ context: AttemptContext) async throws {
        var yaml: [UInt8] = Array("---\n".utf8)
        try YAML.append(json: seed.json, to: &yaml)
        try await context.entry(
            ObjectPaths.pod(namespace: seed.pod.namespace, name: seed.pod.name), media: .yaml, bytes: yaml)
    }
}
