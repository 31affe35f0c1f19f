internal import BundleFormat
internal import Collection
internal import KubernetesClient

/// What the exec steps have in common: where they apply, the recipes tried in order, and what it means when none works.
struct ContainerStep: Sendable {
    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition
    /// Folder and file below the container's folder.
    let folder: String
    let file: String

    func plan(_ pod: PodSummary, _ container: PodSummary.Container, recipes: @escaping @Sendable () -> [ExecRecipe])
        -> PlannedAttempt
    {
        let target = Target.container(namespace: pod.namespace, pod: pod.name, container: container.name)
        let label = "\(step.kind) \(pod.namespace)/\(pod.name)/\(container.name)"
        func settled(_ outcome: Outcome) -> PlannedAttempt {
            .settled(
                collector: definition.name, step: step.kind, target: target, source: .inContainer,
                volatility: definition.volatility, label: label, outcome: outcome)
        }
        guard container.isRunning else {
            return settled(.missing("NotRunning", "the container is not running: \(container.condition)"))
        }
        guard session.options.mayExec else {
            return settled(.skipped("TouchNone", "exec into containers is not allowed (--touch none)"))
        }
        return PlannedAttempt(
            collector: definition.name, step: step.kind, target: target, source: .inContainer,
            volatility: definition.volatility, limits: step.limits, label: label
        ) { context in
            try await APIOutcome.translating { try await capture(pod, container, recipes(), context) }
        }
    }

    private func capture(
        _ pod: PodSummary, _ container: PodSummary.Container, _ recipes: [ExecRecipe], _ context: AttemptContext
    ) async throws -> Outcome {
        let exec = ContainerExec(session: session, pod: pod, container: container)
        var failures: [String] = []
        let entry = try await context.entry(
            ObjectPaths.container(namespace: pod.namespace, pod: pod.name, container: container.name, folder, file),
            media: .text)
        for recipe in recipes {
            let end = try await exec.run(recipe.argv, context) { try await entry.write($0) }
            switch end {
            case .noExecutable:
                failures.append("\(recipe.name): not in the container")
            case .exited(let code, _) where recipe.acceptableExits.contains(code):
                if context.bytes == 0 {
                    await entry.abandon()
                    return .empty
                }
                try await entry.finish()
                return .ok
            case .exited(let code, let stderr):
                let told = stderr.split(separator: "\n").first.map { ": \(TextSafety.oneLine(String($0)))" } ?? ""
                if context.bytes > 0 {
                    try await entry.finish()
                    return .partial("ExitCode", "\(recipe.name) exited with \(code)\(told)")
                }
                failures.append("\(recipe.name) exited with \(code)\(told)")
            }
        }
        await entry.abandon()
        return .missing("NoTools", "nothing in the container could read it (\(failures.joined(separator: "; ")))")
    }
}

/// Text from a container or cluster, made fit for one line of the ledger.
enum TextSafety {
    /// Control and format characters become U+FFFD; at most 300 characters.
    static func oneLine(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(300).map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
                    default: scalar
                    }
                }))
    }
}
