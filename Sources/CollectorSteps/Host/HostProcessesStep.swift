internal import BundleFormat
internal import Collection
internal import LinuxHost

/// Step kind `processes` on a host: the processes, and the files that they have open.
struct HostProcessesStep: HostStepKind {
    static let kind = StepKind(
        "processes", scopes: [.host],
        summary:
            "The processes of this host and the containers that they belong to, what they run with digests of the files (deleted ones and memory too), what memory they may execute, and the files that they have open. With --sample also which begin and end from second to second.",
        source: .node,
        output: .fixed([
            "host/processes/processes.jsonl", "host/processes/executables.jsonl", "host/processes/maps.jsonl",
            "host/processes/open-files.jsonl", "host/processes/samples.jsonl",
        ]))

    private let root: String

    init(_: StepDefinition, _ options: HostCapture.Options) {
        root = options.root
    }

    func run(_ context: AttemptContext) async throws -> Outcome {
        let containers = await HostContainersStep.index(root: root)
        // From what is gone first to what stays longest.
        let readings = [
            try await read("processes", context) { output in
                try ProcessReader(proc: ProcFileSystem()).read { record in
                    let record = ContainedRecord(record, container: containers?.container(of: record))
                    try output.append { record.appendJSONLine(to: &$0) }
                }
            },
            try await read("open-files", context) { output in
                try OpenFileReader(proc: ProcFileSystem()).read { file in
                    try output.append { file.appendJSONLine(to: &$0) }
                }
            },
            try await read("maps", context) { output in
                try ExecutableMappingReader(proc: ProcFileSystem()).read { mapping in
                    try output.append { mapping.appendJSONLine(to: &$0) }
                }
            },
            try await read("executables", context) { output in
                try ExecutableReader(proc: ProcFileSystem()).read { record in
                    try output.append { record.appendJSONLine(to: &$0) }
                }
            },
        ]
        for reading in readings {
            let outcome = try HostFailure.outcome(reading.failures, cancelled: reading.isCancelled)
            if outcome.state != .ok { return outcome }
        }
        return .ok
    }

    /// Writes `host/processes/<name>.jsonl`, and what could not be read beside it.
    private func read(
        _ name: String, _ context: AttemptContext,
        _ reader: @escaping @Sendable (BlockingReader.Output) throws -> ProcessSummary
    ) async throws -> ProcessSummary {
        let entry = try await context.entry(["host", "processes", "\(name).jsonl"], media: .jsonLines)
        let summary = try await BlockingReader.stream(into: entry, reader)
        try await entry.finish()
        let failures = name == "processes" ? "failures.jsonl" : "\(name)-failures.jsonl"
        try await HostFailure.write(summary.failures, ["host", "processes", failures], context)
        return summary
    }
}
