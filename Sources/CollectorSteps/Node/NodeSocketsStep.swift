internal import BundleFormat
package import Collection
package import LinuxHost

/// Step kind `sockets` of a container, from its host: the sockets of its network namespace with the processes that hold them, and what
/// its processes hold of other namespaces.
package struct NodeSocketsStep: NodeContainerStepKind {
    package static var kind: StepKind { ContainerSocketsStep.kind }

    package init(_: StepDefinition, _: NodeOptions) {}

    package func run(
        _ container: HostContainer, _ node: NodeView, _ context: AttemptContext, place: [String]
    ) async throws -> Outcome {
        let pids = try await NodeMembers.processIDs(of: container, node)
        let snapshot = try await node.socketSnapshot()
        if snapshot.isCancelled { throw CancellationError() }
        let found = ContainerSockets(
            of: container, pids: Set(pids), in: snapshot,
            hostNamespaces: ContainerReader.hostNetworkNamespaces(node.files))
        let records = try await context.entry(place + ["sockets", "sockets.jsonl"], media: .jsonLines)
        try await records.finish(with: found.sockets) { $0.appendJSONLine(to: &$1) }
        let table = try await context.entry(place + ["sockets", "sockets.txt"], media: .text)
        var heading: [UInt8] = []
        if found.isInHostNetwork { heading.append(contentsOf: Self.note.utf8) }
        SocketListing.appendHeading(to: &heading)
        try await table.write(heading)
        try await table.finish(with: found.sockets) { SocketListing.append($0.entry, to: &$1) }
        guard let gap = found.gap else { return .ok }
        return .partial(gap.code.ledgerCode, "\(gap)")
    }

    private static let note =
        "# This container is in the network namespace of its host: what follows is only what its own processes hold.\n"
}
