internal import BundleFormat
public import Collection
internal import KubernetesClient

/// Captures targets of a cluster: finds their pods, then what is volatile, then what stays.
public struct ClusterCapture: Sendable {
    let session: ClusterSession
    let catalog: CollectorCatalog

    public init(session: ClusterSession, catalog: CollectorCatalog) {
        self.session = session
        self.catalog = catalog
    }

    /// - Parameter alongside: attempts on the host, which have their own place in the order of volatility.
    public func run(_ targets: [ClusterTarget], on engine: CaptureEngine, alongside: [PlannedAttempt]) async throws {
        // The host is there whatever the cluster does: it does not wait.
        async let host: Void = engine.run(alongside)
        let plans = Self.distinct(targets).map { TargetPlan(session: session, catalog: catalog, target: $0) }
        do {
            await engine.run(try plans.map { try $0.locate() } + DiscoveryFailures.attempts(session.discovery))
        } catch {
            await host
            throw error
        }
        let pods = plans.flatMap(\.pods)
        let nodes = Set(pods.compactMap(\.node))
        // What they do, beside everything else, is not planned again.
        let agentNodes = agentCapture?.choose(pods) ?? []
        async let byAgents: Void? = agentCapture?.run(agentNodes, pods, on: engine)
        let located = plans.map { ($0, $0.relations(nodes: nodes)) }
        // They go on beside everything else: what they look for happens meanwhile.
        async let samples: Void = engine.run(Self.samples(plans))
        let once = onceForARun(CapturedTargets(plans.map(\.target), pods: pods))
        // Each of them is there once: there can be a hundred thousand.
        var wave = once.filter { $0.volatility < Self.lastRank }
        var asking: [PlannedAttempt] = []
        for (plan, relations) in located {
            plan.plan(.first, relations) { attempt in
                if attempt.lane == .service { asking.append(attempt) } else { wave.append(attempt) }
            }
        }
        // Nor does anything wait for services that do not answer.
        async let services: Void = engine.run(asking)
        await engine.run(exchange(&wave, with: []))
        await engine.run(session.followUps.take())
        for later in ListWave.allCases.dropFirst() {
            for (plan, relations) in located { plan.plan(later, relations) { wave.append($0) } }
            await engine.run(exchange(&wave, with: []))
            await engine.run(session.followUps.take())
        }
        await engine.run(once.filter { $0.volatility >= Self.lastRank })
        await engine.run(session.followUps.take())
        await engine.run(session.lastFollowUps.take())
        await services
        _ = await byAgents
        await samples
        await host
    }

    private var agentCapture: AgentCapture? {
        session.agents.map { AgentCapture(session: session, catalog: catalog, agents: $0) }
    }

    /// What ``run(_:on:alongside:)`` would try.
    public func preview(_ targets: [ClusterTarget], reach: Foresight.Reach) async throws -> CapturePreview {
        let plans = Self.distinct(targets).map { TargetPlan(session: session, catalog: catalog, target: $0) }
        var attempts: [PlannedAttempt] = []
        var unseen: [KubernetesError] = []
        var isCut = false
        var proven: Set<AccessNeed> = []
        for plan in plans {
            // Finding the target has shown that it may be looked up.
            proven.formUnion(PodsStep.lookup(session, plan.target))
            attempts.append(try plan.locate())
            do {
                if try await plan.look(most: CapturePreview.mostPods) { isCut = true }
            } catch let error as KubernetesError {
                unseen.append(error)
                attempts.append(plan.unseen(error))
            }
        }
        await session.agents?.look(reach)
        attempts += agentCapture?.preview(plans.flatMap(\.pods)) ?? []
        for plan in plans {
            let relations = plan.relations(nodes: [])
            for wave in ListWave.allCases { plan.plan(wave, relations) { attempts.append($0) } }
        }
        attempts += Self.samples(plans)
        attempts += onceForARun(CapturedTargets(plans.map(\.target), pods: plans.flatMap(\.pods)))
        var preview = await CapturePreview(
            attempts + DiscoveryFailures.attempts(session.discovery), access: AccessCheck(client: session.client),
            proven: proven, foreseeing: ForesightPass(reach))
        preview.agentPods = agentCapture?.pods(plans.flatMap(\.pods)) ?? []
        preview.agentNamespace = preview.agentPods.isEmpty ? nil : session.agents?.missingNamespace
        preview.pods = plans.reduce(0) { $0 + $1.pods.count }
        preview.containers = plans.flatMap(\.pods).reduce(0) { $0 + $1.containers.count }
        preview.unseen = unseen
        preview.isCut = isCut
        return preview
    }

    /// From this rank on what is captured only describes the cluster: it waits until all lists are read.
    private static let lastRank = 9

    private func onceForARun(_ captured: CapturedTargets) -> [PlannedAttempt] {
        catalog.collectors(of: [.cluster, .node]).flatMap { definition in
            definition.steps.flatMap { step in
                StepRegistry.cluster(step.kind)?
                    .init(session: session, definition: definition, step: step).plan(captured) ?? []
            }
        } + nodeEvents(captured)
    }

    private func nodeEvents(_ captured: CapturedTargets) -> [PlannedAttempt] {
        catalog.collectors(of: [.namespace]).flatMap { definition in
            definition.steps.filter { $0.kind == ListStep.kind }.flatMap { step in
                NodeEvents(session: session, definition: definition, step: step).plan(captured)
            }
        }
    }

    /// What is beyond the slots for samples would begin when the others have ended, and the run would last for as often.
    private static func samples(_ plans: [TargetPlan]) -> [PlannedAttempt] {
        let all = plans.flatMap { $0.samples() }
        return all.prefix(SlotPools.long)
            + all.dropFirst(SlotPools.long).map { attempt in
                .settled(
                    collector: attempt.collector, step: attempt.step, target: attempt.target, source: attempt.source,
                    volatility: attempt.volatility, label: attempt.label,
                    outcome: .skipped(
                        "TooMany",
                        "samples are taken of \(SlotPools.long) things at once: choose fewer pods, or one collector"))
            }
    }

    /// A pod of a namespace that is captured whole is captured with it; pods of one namespace are captured together.
    static func distinct(_ targets: [ClusterTarget]) -> [ClusterTarget] {
        if let whole = targets.first(where: { if case .cluster = $0.reach { true } else { false } }) { return [whole] }
        var kept: [ClusterTarget] = []
        for target in targets {
            if case .namespace = target.reach, !kept.contains(where: { $0.namespace == target.namespace }) {
                kept.append(target)
            }
        }
        for target in targets {
            guard case .pods(let filters) = target.reach else { continue }
            if let index = kept.firstIndex(where: { $0.namespace == target.namespace }) {
                if case .pods(let others) = kept[index].reach { kept[index].reach = .pods(others + filters) }
            } else {
                kept.append(target)
            }
        }
        return kept
    }
}

/// Lists are read in waves, because some objects can only be judged by others: a Role by its binding, a volume by its claim.
enum ListWave: CaseIterable {
    /// Containers, logs, and what the pods alone decide.
    case first
    /// Endpoints by their Service, Roles by their binding; of the cluster the nodes, bindings …
    case second
    /// Cluster roles by their bindings, volumes by their claims.
    case third

    init(_ resource: APIResource) {
        let waits = Relations.secondWave.contains(resource.resource)
        // What nodes use is decided by the pods alone, and is old a minute later.
        let isEarly = resource.namespaced || resource.group == "metrics.k8s.io"
        self = waits ? (isEarly ? .second : .third) : (isEarly ? .first : .second)
    }
}

/// The attempts for one target, wave by wave.
private struct TargetPlan: Sendable {
    let session: ClusterSession
    let catalog: CollectorCatalog
    let target: ClusterTarget
    private let found = FoundPods()

    init(session: ClusterSession, catalog: CollectorCatalog, target: ClusterTarget) {
        self.session = session
        self.catalog = catalog
        self.target = target
    }

    var pods: [PodSummary] { found.pods }

    func locate() throws -> PlannedAttempt {
        guard let (definition, step) = steps(PodsStep.kind, of: [.namespace]).first else {
            throw DefinitionError(file: "pods.yaml", line: nil, message: "the collector that finds pods is missing")
        }
        return try PodsStep(session: session, definition: definition, step: step).plan(target, found: found)
    }

    func look(most: Int) async throws -> Bool {
        try await PodsStep.look(session, target, found: found, most: most)
    }

    /// For a forecast: what containers would need that could not be seen.
    func unseen(_ error: KubernetesError) -> PlannedAttempt {
        let namespace: String? = if case .cluster = target.reach { nil } else { target.namespace }
        var attempt = PlannedAttempt.settled(
            collector: "pods", step: "containers", target: Target.resource("pods", namespace: namespace), source: .api,
            volatility: 0, label: "", outcome: APIOutcome.outcome(error))
        attempt.needs =
            [AccessNeed("get", "pods/log", namespace: namespace)]
            + (session.options.mayExec
                ? session.execVerbs.map { AccessNeed($0, "pods/exec", namespace: namespace) } : [])
        return attempt
    }

    /// What belongs to the pods that were found; nil when everything is kept anyway.
    /// - Parameter nodes: of all pods of the run: the list of the namespace that their events lie in is this target's, and there is
    ///   one list.
    func relations(nodes: Set<String>) -> SharedRelations? {
        let pods = found.pods
        switch target.reach {
        case .cluster:
            return nil
        case .namespace:
            return SharedRelations(Relations(namespace: target.namespace, pods: pods))
        case .pods(let filters):
            let relations = SharedRelations(
                Relations(
                    namespace: target.namespace, pods: pods,
                    uids: filters.reduce(into: []) { $0.formUnion($1.ownerUIDs ?? []) },
                    workloads: filters.reduce(into: []) { $0.formUnion($1.workloads) },
                    eventNodes: target.namespace == NodeEvents.namespace ? nodes : []))
            relations.expectOwners()
            return relations
        }
    }

    /// Follows the owners of the pods upwards, while the volatile captures run.
    private func owners(_ relations: SharedRelations) -> PlannedAttempt {
        let pods = found.pods
        let chain = OwnerChain(session: session)
        var attempt = PlannedAttempt(
            collector: "pods", step: "owners", target: Target.resource("pods", namespace: target.namespace),
            source: .api,
            volatility: 0, limits: StepLimits(timeout: .seconds(20), bytes: 1 << 20),
            label: "owners of the pods in \(target.namespace)"
        ) { _ in
            do {
                let owners = try await chain.ascend(from: pods)
                relations.complete(uids: owners.uids, workloads: owners.references)
                guard owners.unread.isEmpty else {
                    return .partial(
                        "Unread", "owners that could not be read: \(owners.unread.prefix(5).joined(separator: ", "))")
                }
                return owners.uids.isEmpty ? .empty : .ok
            } catch {
                relations.complete()
                throw error
            }
        }
        attempt.needs = chain.resources(for: pods).map {
            AccessNeed(
                "get", group: $0.group, $0.resource, namespace: $0.namespaced ? target.namespace : nil)
        }
        return attempt
    }

    /// Hands over the attempts of a wave one by one: ten thousand pods have a hundred thousand.
    func plan(_ wave: ListWave, _ relations: SharedRelations?, into add: (PlannedAttempt) -> Void) {
        if wave == .first {
            if case .pods = target.reach, let relations { add(owners(relations)) }
            for pod in found.pods {
                let isAgents = session.agents?.covers(pod.node) ?? false
                for container in pod.containers {
                    containerAttempts(pod, container, butAgents: isAgents).forEach(add)
                }
            }
        }
        for (definition, step) in steps(ListStep.kind, of: [.namespace]) {
            lists(definition, step, namespaced: true, wave, relations).forEach(add)
        }
        for (definition, step) in steps(ListStep.kind, of: [.cluster]) {
            lists(definition, step, namespaced: false, wave, relations).forEach(add)
        }
    }

    private func lists(
        _ definition: CollectorDefinition, _ step: StepDefinition, namespaced: Bool, _ wave: ListWave,
        _ relations: SharedRelations?
    ) -> [PlannedAttempt] {
        let list = ListStep(session: session, definition: definition, step: step)
        let namespace = namespaced ? target.namespace : nil
        switch target.reach {
        case .cluster:
            return wave == .first ? list.plan(namespace: nil, namespaced: namespaced) : []
        case .namespace where namespaced:
            // Everything is kept; the relations only learn which claims and bindings there are.
            return wave == .first
                ? list.plan(namespace: namespace, namespaced: true, relations: relations, keepsAll: true) : []
        case .namespace, .pods:
            return list.plan(namespace: namespace, namespaced: namespaced, relations: relations) { resource in
                ListWave(resource) == wave
            }
        }
    }

    /// - Parameter butAgents: without what the agent of its node does.
    private func containerAttempts(
        _ pod: PodSummary, _ container: PodSummary.Container, butAgents: Bool
    ) -> [PlannedAttempt] {
        containerSteps(pod, container, butAgents: butAgents).flatMap { $0.plan(pod, container) }
    }

    /// What is looked at again and again.
    func samples() -> [PlannedAttempt] {
        guard let sampling = session.options.sampling else { return [] }
        return found.pods.flatMap { pod in
            pod.containers.flatMap { container in
                containerSteps(pod, container).compactMap { $0 as? any SampledContainerStepKind }
                    .flatMap { $0.plan(sampling, pod, container) }
            }
        }
    }

    private func containerSteps(
        _ pod: PodSummary, _ container: PodSummary.Container, butAgents: Bool = false
    ) -> [any ContainerStepKind] {
        catalog.collectors(of: [.container, .pod])
            .filter { definition in
                definition.scope == .pod
                    ? pod.place(of: definition) == container
                    : definition.select.map { container.isPicked(by: $0, in: pod) } ?? true
            }
            .flatMap { definition in
                definition.steps.compactMap { step in
                    if butAgents, definition.scope == .container, AgentCapture.does(step) { return nil }
                    return StepRegistry.container(step.kind)?.init(session: session, definition: definition, step: step)
                }
            }
    }

    private func steps(_ kind: StepKind, of scopes: Set<CollectorScope>) -> [(CollectorDefinition, StepDefinition)] {
        catalog.collectors(of: scopes).flatMap { definition in
            definition.steps.filter { $0.kind == kind }.map { (definition, $0) }
        }
    }
}
