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
            try await APIOutcome.translating { try await bounded(pod, container, work, context) }
        }
        attempt.needs = session.execVerbs.map { AccessNeed($0, "pods/exec", namespace: pod.namespace) }
        return [attempt]
    }

    /// In a container where a command hung before, the next ones get little time.
    private static let patienceWithStuck = Duration.seconds(4)

    private func bounded(
        _ pod: PodSummary, _ container: PodSummary.Container, _ work: @escaping Work, _ context: AttemptContext
    ) async throws -> Outcome {
        let run = ToolMemory.Container(pod: pod, container: container)
        let exec = ContainerExec(session: session, pod: pod, container: container)
        // A collector that is for some containers only asks a service in them. When that hangs the container need not.
        let service = definition.select == nil ? nil : definition.name
        guard session.tools.isStuck(run, collector: service) else {
            return try await withTaskCancellationHandler {
                try await work(exec, context)
            } onCancel: {
                // A command that was not sent, or has ended, says nothing of the container.
                if exec.isUnderWay { session.tools.noteStuck(run, collector: service) }
            }
        }
        return try await withThrowingTaskGroup(of: Outcome.self) { group in
            group.addTask { try await work(exec, context) }
            group.addTask {
                try await Task.sleep(for: Self.patienceWithStuck)
                throw StepFailure(
                    Outcome(
                        .timeout,
                        reason: Reason(
                            code: "Timeout",
                            message:
                                "did not end within \(Self.patienceWithStuck); an earlier command in this container hung too"
                        )))
            }
            defer { group.cancelAll() }
            guard let outcome = try await group.next() else { throw CancellationError() }
            return outcome
        }
    }
}
