internal import BundleFormat
internal import Collection
internal import LinuxHost

/// Step kind `containers`: what runs on this host in containers, whoever runs them.
struct HostContainersStep: HostStepKind {
    static let kind = StepKind(
        "containers", scopes: [.host],
        summary:
            "The containers that run on this host (containerd, CRI-O, Docker, Podman) with their image, pod, first process, network namespace, root file system and processes: from control groups, the runtimes' own state on disk and the mount table. No runtime is asked.",
        source: .node, output: .fixed(["host/containers.jsonl"]))
    static var placesOthers: Bool { true }

    private let root: String

    init(_: StepDefinition, _ options: HostCapture.Options) {
        root = options.root
    }

    func run(_ context: AttemptContext) async throws -> Outcome {
        let root = root
        let snapshot = try await BlockingReader.run { try ContainerReader(proc: ProcFileSystem(), root: root).read() }
        var lines: [UInt8] = []
        for container in snapshot.containers { container.appendJSONLine(to: &lines) }
        if !lines.isEmpty {
            try await context.entry(["host", "containers.jsonl"], media: .jsonLines, bytes: lines)
        }
        try await HostFailure.write(snapshot.failures, ["host", "containers-failures.jsonl"], context)
        let outcome = try HostFailure.outcome(snapshot.failures, cancelled: snapshot.isCancelled)
        return outcome.state == .ok && lines.isEmpty ? .empty : outcome
    }

    /// No evidence waits longer for being told whose it is.
    private static let patience = Duration.seconds(5)

    /// Which container processes and sockets belong to; nil where that cannot be known. Why it cannot is in this step's own attempt.
    static func index(root: String) async -> ContainerIndex? {
        try? await BlockingReader.run(within: patience) {
            let proc = try ProcFileSystem()
            let snapshot = try ContainerReader(proc: proc, root: root).read()
            return ContainerIndex(snapshot, hostNamespaces: ContainerReader.hostNetworkNamespaces(proc))
        }
    }
}
