internal import BundleFormat
internal import Collection
internal import KubernetesClient

/// What the exec steps have in common: where they apply, the recipes tried in order, and what it means when none works.
struct ContainerStep: Sendable {
    typealias Work = @Sendable (ContainerExec, AttemptContext) async throws -> Outcome

    let session: ClusterSession
    var definition: CollectorDefinition
    var step: StepDefinition

    /// - Parameters:
    ///   - path: of the entry, below the container's folder.
    ///   - recipes: tried in their order until one brings something.
    func plan(
        _ pod: PodSummary, _ container: PodSummary.Container, path: [String],
        recipes: @escaping @Sendable () -> [ExecRecipe]
    ) -> [PlannedAttempt] {
        let memory = session.tools
        return plan(pod, container) { exec, context in
            let search = RecipeSearch(
                recipes: recipes(), memory: memory, container: ToolMemory.Container(pod: pod, container: container))
            return try await search.capture(
                ObjectPaths.container(namespace: pod.namespace, pod: pod.name, container: container.name, path), context
            ) { argv, output in
                try await exec.run(argv, context, output: output)
            }
        }
    }

    /// One attempt, which `work` does with commands in the container; none where it does not run or may not be touched.
    func plan(_ pod: PodSummary, _ container: PodSummary.Container, work: @escaping Work) -> [PlannedAttempt] {
        let target = Target.container(namespace: pod.namespace, pod: pod.name, container: container.name)
        let label =
            "\(step.output.map { "\(definition.name)/\($0)" } ?? step.name) "
            + "\(pod.namespace)/\(pod.name)/\(container.name)"
        func settled(_ outcome: Outcome) -> [PlannedAttempt] {
            [
                .settled(
                    collector: definition.name, step: step.name, target: target, source: .inContainer,
                    volatility: definition.volatility, label: label, outcome: outcome)
            ]
        }
        guard container.isRunning else {
            return settled(.missing("NotRunning", "the container is not running: \(container.condition)"))
        }
        guard session.options.mayExec else {
            return settled(.skipped("TouchNone", "exec into containers is not allowed (--touch none)"))
        }
        var attempt = PlannedAttempt(
            collector: definition.name, step: step.name, target: target, source: .inContainer,
            volatility: definition.volatility, limits: step.limits, label: label
        ) { context in
            let exec = ContainerExec(session: session, pod: pod, container: container)
            return try await APIOutcome.translating {
                try await ContainerPatience(session: session, definition: definition, pod: pod, container: container)
                    .bounded("command in this container") {
                        exec.isHanging
                    } work: {
                        try await work(exec, context)
                    }
            }
        }
        attempt.kubelet = pod.node
        attempt.needs = session.execVerbs.map { AccessNeed($0, "pods/exec", namespace: pod.namespace) }
        return [attempt]
    }
}
