internal import BundleFormat
internal import Collection
internal import LinuxHost

/// Step kind `sockets` on a host: every socket of every network namespace, with the processes that hold it and the container that
/// it belongs to.
struct HostSocketsStep: HostStepKind {
    static let kind = StepKind(
        "sockets", scopes: [.host],
        summary:
            "Every socket of every network namespace of this host, with the processes that hold it, and the container that it belongs to. With --sample also what opens, changes its state and closes from second to second.",
        source: .node,
        output: .fixed(["host/sockets/sockets.jsonl", "host/sockets/sockets.txt", "host/sockets/samples.jsonl"]))

    private let root: String

    init(_: StepDefinition, _ options: HostCapture.Options) {
        root = options.root
    }

    func run(_ context: AttemptContext) async throws -> Outcome {
        let snapshot = try await BlockingReader.run { try SocketReader(proc: ProcFileSystem()).read() }
        let containers = await HostContainersStep.index(root: root)
        let records = try await context.entry(["host", "sockets", "sockets.jsonl"], media: .jsonLines)
        try await records.finish(with: snapshot.sockets) { socket, line in
            ContainedRecord(socket, container: containers?.container(of: socket)).appendJSONLine(to: &line)
        }
        let table = try await context.entry(["host", "sockets", "sockets.txt"], media: .text)
        var heading: [UInt8] = []
        SocketListing.appendHeading(to: &heading)
        try await table.write(heading)
        try await table.finish(with: snapshot.sockets) { SocketListing.append($0, to: &$1) }
        try await HostFailure.write(snapshot.failures, ["host", "sockets", "failures.jsonl"], context)
        return try HostFailure.outcome(snapshot.failures, cancelled: snapshot.isCancelled)
    }
}
