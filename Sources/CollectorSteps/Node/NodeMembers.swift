internal import Collection
internal import LinuxHost

/// The processes of a container at the moment that a step looks at it, and not as of the inventory.
enum NodeMembers {
    /// - Throws: a `StepFailure` that is `missing` when none is left.
    static func processIDs(of container: HostContainer, _ node: NodeView) async throws -> [Int32] {
        let proc = node.files
        let pids = try await BlockingReader.run { try ContainerReader(proc: proc).processIDs(of: container) }
        guard !pids.isEmpty else {
            throw StepFailure(.missing("NotRunning", "the container has no process any more"))
        }
        return pids
    }
}
