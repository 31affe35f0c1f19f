internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import StructuredText

/// Step kind `environment`: the names in a container's environment, each with a keyed hash of its value.
package struct EnvironmentStep: ContainerStepKind {
    static let kind = StepKind(
        "environment", scopes: [.container],
        summary:
            "The environment that a command in the container gets: names, and for each value a keyed hash and its length, since values are often secrets. Equal values have equal hashes in bundles of one case.",
        source: .inContainer, runsInTarget: true,
        output: .fixed(["namespaces/<namespace>/pods/<pod>/<container>/environment/environment.jsonl"]))

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    /// Linux lets arguments and environment be 6 MiB together (execve(2)).
    private static let maxBytes = 6 << 20
    /// What a command gets that is run for it alone.
    private static let recipes = [
        ["cat", "/proc/self/environ"], ["busybox", "cat", "/proc/self/environ"], ["env", "-0"],
    ]

    func plan(_ pod: PodSummary, _ container: PodSummary.Container) -> [PlannedAttempt] {
        let path = ObjectPaths.container(
            namespace: pod.namespace, pod: pod.name, container: container.name,
            ["environment", "environment.jsonl"])
        let redactor = session.redactor
        let memory = session.tools
        let place = ToolMemory.Container(pod: pod, container: container)
        return ContainerStep(session: session, definition: definition, step: step).plan(pod, container) {
            exec, context in
            var failures: [String] = []
            for argv in Self.recipes {
                // What an earlier step did not find is not asked for again: an exec less in each distroless container.
                if memory.isMissing(argv[0], in: place) {
                    failures.append("\(argv[0]): not in the container, as an earlier step found")
                    continue
                }
                var bytes: [UInt8] = []
                // Values go through memory only: no entry is opened before they are hashed.
                let end = try await exec.run(argv, context) { chunk in
                    guard bytes.count + chunk.count <= Self.maxBytes else {
                        throw StepFailure(.error("TooLarge", "it printed more than \(Self.maxBytes) bytes"))
                    }
                    bytes += chunk
                }
                switch end {
                case .noExecutable(_, let byRuntime) where bytes.isEmpty:
                    if byRuntime { memory.noteMissing(argv[0], in: place) }
                    failures.append("\(argv[0]): not in the container")
                case .exited(code: 0, _) where !bytes.isEmpty:
                    try await context.entry(path, media: .jsonLines, bytes: Self.lines(bytes, redactor))
                    return .ok
                case .exited(let code, _):
                    // What a program says of its failure may hold a value, so it is not repeated.
                    failures.append("\(argv.joined(separator: " ")) exited with \(code)")
                case .noExecutable:
                    failures.append("\(argv.joined(separator: " ")) could not be run to its end")
                }
            }
            return .missing(
                "NoTools", "nothing in the container could read it (\(failures.joined(separator: "; ")))")
        }
    }

    /// A line for each variable, in the order they came. What has no `=` is all value: it has no name that could be shown.
    package static func lines(_ environment: [UInt8], _ redactor: SecretRedactor) -> [UInt8] {
        var lines: [UInt8] = []
        for variable in environment.split(separator: 0) {
            let equals = variable.firstIndex(of: UInt8(ascii: "="))
            let name = equals.map { variable[..<$0] } ?? []
            let value = equals.map { variable[($0 + 1)...] } ?? variable
            let object: JSONObject = [
                "name": .string(String(decoding: name, as: UTF8.self)), "bytes": JSONValue(value.count),
                "value": .string(redactor.token(for: Array(value))),
            ]
            lines += JSONValue.object(object).serialized()
            lines.append(0x0A)
        }
        return lines
    }
}
