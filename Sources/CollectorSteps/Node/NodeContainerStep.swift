package import Collection
package import LinuxHost

/// A step kind of scope `container` that can be done from the host that the container runs on: without a tool in it, and
/// without it noticing.
///
/// The same work is done by `collect host --container`, and by the agent on the node of a pod.
package protocol NodeContainerStepKind: Sendable {
    /// Of the step kind in the cluster that it stands for: one definition serves both.
    static var kind: StepKind { get }
    /// Whether it looks at what runs. What lies in files, as logs do, outlives the container: then ``HostContainer/pod`` may be all
    /// that is known.
    static var needsProcesses: Bool { get }

    init(_ step: StepDefinition, _ options: NodeOptions)

    /// - Parameters:
    ///   - container: as the node's inventory has it; its processes may be gone meanwhile.
    ///   - node: what is read once for all containers.
    ///   - place: the folder that its entries go into, below `data/`.
    func run(
        _ container: HostContainer, _ node: NodeView, _ context: AttemptContext, place: [String]
    ) async throws -> Outcome
}

extension NodeContainerStepKind {
    package static var needsProcesses: Bool { true }
}

/// What the operator asked for, as far as a node has to know it.
package struct NodeOptions: Sendable, Hashable {
    /// How far back logs and changes go; nil: everything.
    package var since: Duration?
    /// Only this many last lines of each log; nil: all.
    package var tailLines: Int?
    /// Where the host's root directory is: `/`, or where a node agent's pod sees it.
    package var root: String

    package init(since: Duration? = nil, tailLines: Int? = nil, root: String = "/") {
        self.since = since
        self.tailLines = tailLines
        self.root = root
    }
}

/// What of a host is read once for all its containers.
package actor NodeView {
    private let proc: ProcFileSystem
    private var sockets: Task<SocketSnapshot, any Error>?

    package init(proc: ProcFileSystem) {
        self.proc = proc
    }

    /// The procfs of the host.
    package nonisolated var files: ProcFileSystem { proc }

    /// The sockets of all namespaces, as of the first time that somebody asked.
    package func socketSnapshot() async throws -> SocketSnapshot {
        if let sockets { return try await sockets.value }
        let proc = proc
        let task = Task { try await BlockingReader.run { try SocketReader(proc: proc).read() } }
        sockets = task
        return try await task.value
    }
}
