internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import StructuredText
internal import Synchronization

/// What agents capture: of the containers of the targets what can be read from their nodes, and the state of these nodes.
///
/// Beside everything else, as an image may take its time to arrive. What an agent could not bring is asked for in the usual way
/// then, with a line of its own in the ledger.
struct AgentCapture: Sendable {
    let session: ClusterSession
    let catalog: CollectorCatalog
    let agents: NodeAgents

    /// By node, as many as may be; those with the most pods first.
    static func nodes(_ pods: [PodSummary], most: Int) -> [String] {
        let counts = pods.reduce(into: [String: Int]()) { counts, pod in
            if let node = pod.node { counts[node, default: 0] += 1 }
        }
        return Array(counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key).prefix(most))
    }

    /// Whether a step is an agent's: then it is not planned in the usual way.
    static func does(_ step: StepDefinition) -> Bool { StepRegistry.nodeContainer(step.kind) != nil }

    /// What would be tried.
    func preview(_ pods: [PodSummary]) -> [PlannedAttempt] {
        let nodes = choose(pods)
        return nodes.map { agents.start($0, execVerbs: session.execVerbs) }
            + nodes.flatMap { node in attempts(node, pods.filter { $0.node == node }, Lacking()) { false } }
    }

    /// The pods that would be made.
    func pods(_ pods: [PodSummary]) -> [JSONObject] {
        Self.nodes(pods, most: agents.policy.mostNodes).map { agents.manifest($0).pod }
    }

    /// Which nodes get one: for these, what agents do is not planned in the usual way.
    func choose(_ pods: [PodSummary]) -> [String] {
        let nodes = Self.nodes(pods, most: agents.policy.mostNodes)
        agents.choose(nodes)
        // Before another collector wants the same logs through the API server.
        let chosen = Set(nodes)
        for pod in pods where pod.node.map(chosen.contains) == true {
            for container in pod.containers where steps(pod, container).contains(where: { isLogs($0, $1) }) {
                _ = session.claims.claim(
                    ObjectPaths.log(
                        namespace: pod.namespace, pod: pod.name, container: container.name, previous: false))
            }
        }
        return nodes
    }

    private func isLogs(_ definition: CollectorDefinition, _ index: Int) -> Bool {
        definition.steps[index].kind == LogsStep.kind
    }

    func run(_ nodes: [String], _ pods: [PodSummary], on engine: CaptureEngine) async {
        await withTaskGroup(of: Void.self) { group in
            for (index, node) in nodes.enumerated() {
                if index >= agents.policy.atOnce { await group.next() }
                group.addTask { await run(node, pods.filter { $0.node == node }, on: engine) }
            }
        }
    }

    private func run(_ node: String, _ pods: [PodSummary], on engine: CaptureEngine) async {
        // Where none of the first has started, volatile evidence of the others does not wait for theirs.
        if !agents.isHopeless { await engine.run([agents.start(node, execVerbs: session.execVerbs)]) }
        guard agents.agent(on: node) != nil else {
            return await engine.run(pods.flatMap { pod in pod.containers.flatMap { usual(pod, $0) } })
        }
        let lacking = Lacking()
        await engine.run(attempts(node, pods, lacking) { engine.summary.stopped != nil })
        // Its node has no more work for it: the shorter it lives, the better.
        _ = await agents.remove(node, patience: .seconds(4))
        await engine.run(lacking.places.flatMap { usual($0.pod, $0.container, $0.definition, $0.step) })
    }

    /// - Parameter isOver: whether the run has been ended early: then nothing more is asked for.
    private func attempts(
        _ node: String, _ pods: [PodSummary], _ lacking: Lacking, isOver: @escaping @Sendable () -> Bool
    ) -> [PlannedAttempt] {
        let containers = pods.flatMap { pod in
            pod.containers.flatMap { container in
                steps(pod, container).map { attempt(node, pod, container, $0, $1, lacking, isOver) }
            }
        }
        return containers + hostAttempts(node)
    }

    private func steps(
        _ pod: PodSummary, _ container: PodSummary.Container
    ) -> [(definition: CollectorDefinition, index: Int)] {
        catalog.collectors(of: [.container]).filter { definition in
            definition.select.map { container.isPicked(by: $0, in: pod) } ?? true
        }.flatMap { definition in
            definition.steps.indices.filter { Self.does(definition.steps[$0]) }.map { (definition, $0) }
        }
    }

    private func attempt(
        _ node: String, _ pod: PodSummary, _ container: PodSummary.Container, _ definition: CollectorDefinition,
        _ index: Int, _ lacking: Lacking, _ isOver: @escaping @Sendable () -> Bool
    ) -> PlannedAttempt {
        let step = definition.steps[index]
        let target = Target.container(namespace: pod.namespace, pod: pod.name, container: container.name)
        let label = "\(step.name) \(pod.namespace)/\(pod.name)/\(container.name) by its node"
        func settled(_ outcome: Outcome) -> PlannedAttempt {
            .settled(
                collector: definition.name, step: step.name, target: target, source: .node,
                volatility: definition.volatility, label: label, outcome: outcome)
        }
        if StepRegistry.nodeContainer(step.kind)?.needsProcesses == true {
            guard container.isRunning else {
                return settled(.missing("NotRunning", "the container is not running: \(container.condition)"))
            }
        } else if !container.hasStarted {
            return settled(.missing("NotStarted", "the container has never run: \(container.condition)"))
        }
        var job = job(definition, index)
        job.container = AgentJob.Container(
            id: container.runtimeID, runtime: container.runtime, namespace: pod.namespace, pod: pod.name,
            uid: pod.staticPodHash ?? pod.metadata.uid, name: container.name)
        let place = Self.place(step.kind, pod, container)
        let wanted = Lacking.Place(pod: pod, container: container, definition: definition, step: index)
        var attempt = PlannedAttempt(
            collector: definition.name, step: step.name, target: target, source: .node,
            volatility: definition.volatility, limits: step.limits, label: label
        ) { [job] context in
            do {
                let outcome = try await run(job, node, place: place, under: nil, context)
                if context.bytes == 0, ![.ok, .empty, .partial].contains(outcome.state) {
                    lacking.add(wanted)
                }
                return outcome
            } catch {
                // Also one that was cut off by its own time: an agent that hangs does not keep others from being asked.
                if context.bytes == 0, !isOver() { lacking.add(wanted) }
                throw error
            }
        }
        attempt.kubelet = node
        return attempt
    }

    private static func place(_ kind: StepKind, _ pod: PodSummary, _ container: PodSummary.Container) -> [String] {
        guard kind == LogsStep.kind else {
            return ObjectPaths.container(namespace: pod.namespace, pod: pod.name, container: container.name, [])
        }
        return ObjectPaths.log(
            namespace: pod.namespace, pod: pod.name, container: container.name, previous: false
        ).dropLast(2)
    }

    /// What the collectors of scope `host` bring of this machine, of the node: below `nodes/NODE/host`.
    private func hostAttempts(_ node: String) -> [PlannedAttempt] {
        catalog.collectors(of: [.host]).flatMap { definition in
            definition.steps.indices.compactMap { index -> PlannedAttempt? in
                let step = definition.steps[index]
                guard StepRegistry.host(step.kind)?.isOfNodes == true else { return nil }
                let job = job(definition, index)
                var attempt = PlannedAttempt(
                    collector: definition.name, step: step.name,
                    target: Target(kind: "Node", name: node, node: node), source: .node,
                    volatility: definition.volatility, limits: step.limits, label: "\(step.name) of node \(node)"
                ) { context in
                    try await run(job, node, place: ["nodes", node], under: "host", context)
                }
                attempt.kubelet = node
                return attempt
            }
        }
    }

    private func job(_ definition: CollectorDefinition, _ index: Int) -> AgentJob {
        let limits = definition.steps[index].limits
        return AgentJob(
            definition: definition.source, values: definition.values, step: index, container: nil,
            timeoutMilliseconds: max(1_000, Int(limits.timeout / .milliseconds(1))), bytes: limits.bytes,
            sinceSeconds: agents.since.map { Int($0.components.seconds) }, tailLines: agents.tailLines)
    }

    private func run(
        _ job: AgentJob, _ node: String, place: [String], under: String?, _ context: AttemptContext
    ) async throws -> Outcome {
        guard let agent = agents.agent(on: node) else {
            return .error("AgentGone", "the node agent is gone")
        }
        return try await APIOutcome.translating {
            try await agent.run(job, place: place, under: under, context)
        }
    }

    // MARK: Without an agent

    private func usual(_ pod: PodSummary, _ container: PodSummary.Container) -> [PlannedAttempt] {
        steps(pod, container).flatMap { usual(pod, container, $0.definition, $0.index) }
    }

    private func usual(
        _ pod: PodSummary, _ container: PodSummary.Container, _ definition: CollectorDefinition, _ index: Int
    ) -> [PlannedAttempt] {
        let step = definition.steps[index]
        if step.kind == LogsStep.kind {
            return LogsStep(session: session, definition: definition, step: step).attempts(pod, container)
        }
        return StepRegistry.container(step.kind)?
            .init(session: session, definition: definition, step: step).plan(pod, container) ?? []
    }

    /// What no agent has brought.
    private final class Lacking: Sendable {
        struct Place: Sendable {
            var pod: PodSummary
            var container: PodSummary.Container
            var definition: CollectorDefinition
            var step: Int
        }

        private let found = Mutex<[Place]>([])

        var places: [Place] { found.withLock { $0 } }

        func add(_ place: Place) { found.withLock { $0.append(place) } }
    }
}
