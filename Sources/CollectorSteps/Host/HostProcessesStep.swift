internal import BundleFormat
internal import Collection
internal import LinuxHost

/// Step kind `processes` on a host: the processes, and the files that they have open.
struct HostProcessesStep: HostStepKind {
    static let kind = StepKind(
        "processes", scopes: [.host],
        summary:
            "The processes of this host with their executables and the containers that they belong to, and the files that they have open. With --sample also which begin and end from second to second.",
        source: .node,
        output: .fixed([
            "host/processes/processes.jsonl", "host/processes/open-files.jsonl", "host/processes/samples.jsonl",
        ]))

    private let root: String

    init(_: StepDefinition, _ options: HostCapture.Options) {
        root = options.root
    }

    func run(_ context: AttemptContext) async throws -> Outcome {
        let containers = await HostContainersStep.index(root: root)
        let processes = try await context.entry(["host", "processes", "processes.jsonl"], media: .jsonLines)
        let summary = try await BlockingReader.stream(into: processes) { output in
            try ProcessReader(proc: ProcFileSystem()).read { record in
                let record = ContainedRecord(record, container: containers?.container(of: record))
                try output.append { record.appendJSONLine(to: &$0) }
            }
        }
        try await processes.finish()
        let files = try await context.entry(["host", "processes", "open-files.jsonl"], media: .jsonLines)
        let open = try await BlockingReader.stream(into: files) { output in
            try OpenFileReader(proc: ProcFileSystem()).read { file in
                try output.append { file.appendJSONLine(to: &$0) }
            }
        }
        try await files.finish()
        try await HostFailure.write(summary.failures, ["host", "processes", "failures.jsonl"], context)
        try await HostFailure.write(open.failures, ["host", "processes", "open-files-failures.jsonl"], context)
        let outcome = try HostFailure.outcome(summary.failures, cancelled: summary.isCancelled || open.isCancelled)
        return outcome.state == .ok ? try HostFailure.outcome(open.failures) : outcome
    }
}
