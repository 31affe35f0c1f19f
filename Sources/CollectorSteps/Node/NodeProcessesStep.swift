internal import BundleFormat
package import Collection
package import LinuxHost

/// Step kind `processes` of a container, from its host: its processes with the numbers that they have on the host and in the
/// container, and the files that they have open.
package struct NodeProcessesStep: NodeContainerStepKind {
    package static var kind: StepKind { ContainerProcessesStep.kind }

    package init(_: StepDefinition, _: NodeOptions) {}

    package func run(
        _ container: HostContainer, _ node: NodeView, _ context: AttemptContext, place: [String]
    ) async throws -> Outcome {
        let pids = try await NodeMembers.processIDs(of: container, node)
        let proc = node.files
        let processes = try await context.entry(place + ["processes", "processes.jsonl"], media: .jsonLines)
        let (summary, members) = try await BlockingReader.stream(into: processes) { output in
            let reader = ProcessReader(proc: proc)
            var summary = ProcessSummary()
            var members: [Int32] = []
            for pid in pids {
                try Task.checkCancellation()
                // A number that another process has by now is not of this container.
                guard let record = reader.read(pid: pid, into: &summary), container.has(record) else { continue }
                members.append(pid)
                try output.append { record.appendJSONLine(to: &$0) }
            }
            return (summary, members)
        }
        try await processes.finish()
        try await HostFailure.write(summary.failures, place + ["processes", "failures.jsonl"], context)
        // From what is gone first to what stays longest.
        let others = [
            try await read("open-files", place, context) { output in
                try OpenFileReader(proc: proc).read(of: members) { file in
                    try output.append { file.appendJSONLine(to: &$0) }
                }
            },
            try await read("maps", place, context) { output in
                try ExecutableMappingReader(proc: proc).read(of: members) { mapping in
                    try output.append { mapping.appendJSONLine(to: &$0) }
                }
            },
            try await read("executables", place, context) { output in
                try ExecutableReader(proc: proc).read(of: members) { record in
                    try output.append { record.appendJSONLine(to: &$0) }
                }
            },
        ]
        for reading in [summary] + others {
            let outcome = try HostFailure.outcome(reading.failures, cancelled: reading.isCancelled)
            if outcome.state != .ok { return outcome }
        }
        return .ok
    }

    private func read(
        _ name: String, _ place: [String], _ context: AttemptContext,
        _ reader: @escaping @Sendable (BlockingReader.Output) throws -> ProcessSummary
    ) async throws -> ProcessSummary {
        let entry = try await context.entry(place + ["processes", "\(name).jsonl"], media: .jsonLines)
        let summary = try await BlockingReader.stream(into: entry, reader)
        try await entry.finish()
        try await HostFailure.write(summary.failures, place + ["processes", "\(name)-failures.jsonl"], context)
        return summary
    }
}
