internal import BundleFormat
internal import Collection
internal import KubernetesClient

/// Step kind `exec`: what a command prints inside the container.
struct ExecStep: ContainerStepKind {
    static let kind = StepKind(
        "exec", scopes: [.container, .pod],
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
                    "Exit codes with which the output is whole; [0] if not given. Others make it partial, or an error; 127 without output, which is how a shell says that it found no such program, makes it missing."
            ),
            StepOption(
                "denied", .numbers(1...255),
                summary:
                    "Exit codes that say, when there is no output, that it was not allowed (a password is wrong, or there is none); none if not given."
            ),
            StepOption(
                "files", .fileNames,
                summary:
                    "Further files for what the command prints: where it prints a NUL, one of these names and a line feed, what follows is for that file. In this order; what comes before the first is for output. They are names as output has them, and no two files of a collector have the same."
            ),
        ],
        output: .named(folder: "namespaces/<namespace>/pods/<pod>/<container>/services/<collector>"))

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    func plan(_ pod: PodSummary, _ container: PodSummary.Container) -> [PlannedAttempt] {
        let argv = step.texts("argv")
        let exits = step.numbers("exits") ?? [0]
        let denials = step.numbers("denied") ?? []
        let folder = ObjectPaths.container(
            namespace: pod.namespace, pod: pod.name, container: container.name, ["services", definition.name])
        let (first, others) = (step.output ?? step.name, step.texts("files"))
        let memory = session.tools
        let place = ToolMemory.Container(pod: pod, container: container)
        return ContainerStep(session: session, definition: definition, step: step).plan(pod, container) {
            exec, context in
            guard let program = argv.first else { return .error("NoProgram", "the step names no program") }
            if memory.isMissing(program, in: place) {
                return .missing("NoProgram", "\(program) is not in the container, as an earlier step found")
            }
            var files = ExecFiles(context: context, folder: folder, first: first, others: others)
            let end = try await exec.run(argv, context) { try await files.write($0) }
            guard try await files.finish() else { return Self.silent(program, end, exits, denials, memory, place) }
            return switch end {
            case .exited(let code, _) where exits.contains(code): .ok
            case .exited(let code, let stderr): .partial("ExitCode", Self.words(program, code, stderr))
            case .noExecutable(let words, _): .partial("ExitCode", "\(program): \(TextSafety.oneLine(words))")
            }
        }
    }

    /// What it means that a command printed nothing.
    private static func silent(
        _ program: String, _ end: RecipeSearch.End, _ exits: [Int], _ denials: [Int], _ memory: ToolMemory,
        _ place: ToolMemory.Container
    ) -> Outcome {
        switch end {
        case .noExecutable(let words, let byRuntime):
            if byRuntime { memory.noteMissing(program, in: place) }
            return .missing(
                "NoProgram", "\(program) is not in the container, or cannot be run: \(TextSafety.oneLine(words))")
        case .exited(let code, let stderr):
            let words = words(program, code, stderr)
            if exits.contains(code) { return .empty }
            if denials.contains(code) { return .denied("ExitCode", words) }
            // The program that was named is there: it is a shell that did not find another. Nothing to remember.
            return code == notFound ? .missing("NoProgram", words) : .error("ExitCode", words)
        }
    }

    /// "Command not found". Source: POSIX.1-2024, Shell Command Language, 2.8.2.
    private static let notFound = 127

    private static func words(_ program: String, _ code: Int, _ stderr: String) -> String {
        "\(program) exited with \(code)\(TextSafety.firstLine(stderr).map { ": \($0)" } ?? "")"
    }
}
