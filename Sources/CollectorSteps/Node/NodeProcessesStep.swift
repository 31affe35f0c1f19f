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
        let files = try await context.entry(place + ["processes", "open-files.jsonl"], media: .jsonLines)
        let open = try await BlockingReader.stream(into: files) { output in
            try OpenFileReader(proc: proc).read(of: members) { file in
                try output.append { file.appendJSONLine(to: &$0) }
            }
        }
        try await files.finish()
        try await HostFailure.write(summary.failures, place + ["processes", "failures.jsonl"], context)
        try await HostFailure.write(open.failures, place + ["processes", "open-files-failures.jsonl"], context)
        let outcome = try HostFailure.outcome(summary.failures, cancelled: open.isCancelled)
        return outcome.state == .ok ? try HostFailure.outcome(open.failures) : outcome
    }
}
