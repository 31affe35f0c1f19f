internal import BundleFormat
internal import Collection
internal import KubernetesClient

/// Step kind `exec`: what a command prints inside the container.
struct ExecStep: ContainerStepKind {
    static let kind = StepKind(
        "exec", scopes: [.container],
        summary:
            "What a command in the container prints on standard output, byte for byte. The command is a list of arguments; no shell is put around it, and nothing from the cluster is put into it.",
        source: .inContainer, runsInTarget: true,
        options: [
            StepOption(
                "argv", .argv, required: true,
                summary:
                    "The program and its arguments, each an item of its own. The program is looked for in the container's PATH."
            ),
            StepOption(
                "exits", .numbers(0...255),
                summary:
                    "Exit codes with which the output is whole; [0] if not given. Others make it partial, or an error."
            ),
        ],
        output: .named(folder: "namespaces/<namespace>/pods/<pod>/<container>/services/<collector>"))

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    func plan(_ pod: PodSummary, _ container: PodSummary.Container) -> [PlannedAttempt] {
        let argv = step.texts("argv")
        let exits = step.numbers("exits") ?? [0]
        let name = step.output ?? step.name
        let path = ObjectPaths.container(
            namespace: pod.namespace, pod: pod.name, container: container.name, ["services", definition.name, name])
        let memory = session.tools
        let place = ToolMemory.Container(pod: pod, container: container)
        return ContainerStep(session: session, definition: definition, step: step).plan(pod, container) {
            exec, context in
            guard let program = argv.first else { return .error("NoProgram", "the step names no program") }
            if memory.isMissing(program, in: place) {
                return .missing("NoProgram", "\(program) is not in the container, as an earlier step found")
            }
            let entry = try await context.entry(path, media: .named(name))
            let end = try await exec.run(argv, context) { try await entry.write($0) }
            switch end {
            case .noExecutable(let words):
                memory.noteMissing(program, in: place)
                await entry.abandon()
                return .missing("NoProgram", "\(program) is not in the container: \(TextSafety.oneLine(words))")
            case .exited(let code, let stderr):
                let told = TextSafety.firstLine(stderr).map { ": \($0)" } ?? ""
                let isWhole = exits.contains(code)
                if context.bytes > 0 {
                    try await entry.finish()
                } else {
                    await entry.abandon()
                    if isWhole { return .empty }
                }
                guard !isWhole else { return .ok }
                return context.bytes > 0
                    ? .partial("ExitCode", "\(program) exited with \(code)\(told)")
                    : .error("ExitCode", "\(program) exited with \(code)\(told)")
            }
        }
    }
}
