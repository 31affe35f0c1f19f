/// Which container a process or a socket of the host belongs to.
public struct ContainerIndex: Sendable {
    private let ids: [[RawText]: String]
    private let byPID: [Int32: String]
    /// Of each network namespace the container that stands for it: the only one in it, or a pod's sandbox.
    private let byNamespace: [UInt64: String]

    /// - Parameter hostNamespaces: the inodes of the host's own network namespaces, which are no container's.
    public init(_ snapshot: ContainerSnapshot, hostNamespaces: Set<UInt64>) {
        var ids: [[RawText]: String] = [:]
        var byPID: [Int32: String] = [:]
        var inNamespace: [UInt64: [HostContainer]] = [:]
        for container in snapshot.containers {
            ids[ControlGroupPath(container.controlGroup).components] = container.id
            for pid in container.pids { byPID[pid] = container.id }
            if let namespace = container.networkNamespace, !hostNamespaces.contains(namespace) {
                inNamespace[namespace, default: []].append(container)
            }
        }
        self.ids = ids
        self.byPID = byPID
        byNamespace = inNamespace.compactMapValues { containers in
            let sandboxes = containers.filter { $0.pod != nil && $0.pod?.container == nil }
            return containers.count == 1 ? containers[0].id : sandboxes.count == 1 ? sandboxes[0].id : nil
        }
    }

    /// By where it stands among control groups, so that a number that was given to another process meanwhile misleads nobody.
    public func container(of process: ProcessRecord) -> String? {
        for path in ControlGroupPath.all(process.controlGroups ?? []) {
            for end in 1...path.components.count {
                if let id = ids[Array(path.components[..<end])] { return id }
            }
        }
        return nil
    }

    /// By the processes that hold it; of one that nobody holds, by its network namespace.
    public func container(of socket: SocketEntry) -> String? {
        guard socket.owners.isEmpty else { return socket.owners.lazy.compactMap { byPID[$0.pid] }.first }
        return socket.namespace.flatMap { byNamespace[$0] }
    }
}

/// A record of the host with the container that it belongs to.
package struct ContainedRecord<Record: FieldRecord>: FieldRecord {
    package let record: Record
    /// The container's identifier; nil for what is the host's own.
    package let container: String?

    package init(_ record: Record, container: String?) {
        self.record = record
        self.container = container
    }

    package static var fieldNames: [String] { Record.fieldNames + ["container"] }

    package func write(to writer: inout some FieldWriter) {
        record.write(to: &writer)
        writer.field("container", container.map { .text($0) })
    }
}
