internal import BundleFormat
internal import Collection
internal import KubernetesClient

/// Step kind `sockets` in a container: the socket tables of its network namespace, byte for byte as its own tools read them.
package struct ContainerSocketsStep: ContainerStepKind {
    static let kind = StepKind(
        "sockets", scopes: [.container, .pod],
        summary:
            "The socket tables of the container's network namespace, byte for byte as its own tools read them from /proc/net; by ss or netstat where that cannot be. With --sample the tables again each second, with the time. From the host of the container its sockets with the processes that hold them, without any tool in it.",
        source: .inContainer, runsInTarget: true,
        output: .fixed([
            "namespaces/<namespace>/pods/<pod>/<container>/sockets/proc-net.txt",
            "namespaces/<namespace>/pods/<pod>/<container>/sockets/samples.txt",
            "namespaces/<namespace>/pods/<pod>/<container>/sockets/sockets.jsonl",
            "namespaces/<namespace>/pods/<pod>/<container>/sockets/sockets.txt",
        ]))

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    /// proc_net_tcp and its kin, see proc(5). `cat` begins each with the table's own heading line, by which they are told apart.
    package static let tables = ["tcp", "tcp6", "udp", "udp6", "raw", "raw6", "unix", "packet"].map {
        "/proc/net/\($0)"
    }

    /// Reads the same files with nothing but the shell's own words.
    package static let builtins = reading(tables)

    static func reading(_ tables: [String]) -> String {
        """
        for f in \(tables.joined(separator: " ")); do
          [ -r "$f" ] || continue
          while IFS= read -r line; do printf '%s\\n' "$line"; done < "$f"
        done
        """
    }

    func plan(_ pod: PodSummary, _ container: PodSummary.Container) -> [PlannedAttempt] {
        ContainerStep(session: session, definition: definition, step: step)
            .plan(pod, container, path: ["sockets", "proc-net.txt"]) {
                [
                    // Exit code 1: a table that this kernel does not have (no IPv6); the others came.
                    ExecRecipe(name: "cat", argv: ["cat"] + Self.tables, acceptableExits: [0, 1]),
                    ExecRecipe(name: "sh", argv: ["sh", "-c", Self.builtins]),
                    ExecRecipe(name: "busybox", argv: ["busybox", "cat"] + Self.tables, acceptableExits: [0, 1]),
                    ExecRecipe(name: "ss", argv: ["ss", "-tuwxanpe"]),
                    ExecRecipe(name: "netstat", argv: ["netstat", "-tuwxanpe"]),
                ]
            }
    }
}
