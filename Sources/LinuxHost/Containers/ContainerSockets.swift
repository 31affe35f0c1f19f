/// A socket that has to do with a container.
public struct ContainerSocket: Sendable {
    public let entry: SocketEntry
    /// Whether a process of the container holds it. What else is in its network namespace is of other containers of the same pod, or
    /// of nobody any more.
    public let isHeld: Bool
    /// Whether it is in another network namespace than the container's: it was handed over, or its holder has been elsewhere. Nil where
    /// the container's is not known.
    public let isElsewhere: Bool?
}

extension ContainerSocket: FieldRecord {
    public static let fieldNames = SocketEntry.fieldNames + ["held", "other_namespace"]

    package func write(to writer: inout some FieldWriter) {
        entry.write(to: &writer)
        writer.field("held", .flag(isHeld))
        writer.field("other_namespace", isElsewhere.map { .flag($0) })
    }
}

/// The sockets of a container: all of its network namespace, and those that its processes hold wherever they are.
///
/// Of one that is in the host's own network namespace only the latter: the rest is the host's.
public struct ContainerSockets: Sendable {
    public private(set) var sockets: [ContainerSocket] = []
    /// Whether the container has no network namespace of its own.
    public let isInHostNetwork: Bool
    /// Why there may be more sockets than these; nil when there is no reason to think so.
    public private(set) var gap: HostError?

    /// - Parameters:
    ///   - pids: the container's processes.
    ///   - snapshot: of the whole host.
    ///   - hostNamespaces: the inodes of the host's own network namespaces.
    public init(
        of container: HostContainer, pids: Set<Int32>, in snapshot: SocketSnapshot, hostNamespaces: Set<UInt64>
    ) {
        let own = container.networkNamespace
        isInHostNetwork = own.map(hostNamespaces.contains) ?? false
        for entry in snapshot.sockets {
            let isHeld = entry.owners.contains { pids.contains($0.pid) }
            let isInside = own != nil && entry.namespace == own
            guard isHeld || (isInside && !isInHostNetwork) else { continue }
            sockets.append(ContainerSocket(entry: entry, isHeld: isHeld, isElsewhere: own == nil ? nil : !isInside))
        }
        gap = Self.gap(own, pids, snapshot)
    }

    private static func gap(_ own: UInt64?, _ pids: Set<Int32>, _ snapshot: SocketSnapshot) -> HostError? {
        // Tables are read through the first process of a namespace, which may be another container's.
        let readers = pids.union(snapshot.namespaces.filter { $0.inode == own }.map(\.pid))
        if let failure = snapshot.failures.failures.first(where: { $0.pid.map(readers.contains) ?? true }) {
            return failure
        }
        let path = RawText("net:[\(own.map(String.init) ?? "?")]")
        guard let own else {
            return HostError(
                .permissionDenied, "read", path,
                reason: "the container's network namespace is not known, so only sockets that "
                    + "its processes hold are listed")
        }
        guard let namespace = snapshot.namespaces.first(where: { $0.inode == own }) else {
            return HostError(.notFound, "read", path, reason: "the sockets of this namespace were not read")
        }
        guard let table = namespace.tables.first(where: \.isTruncated) else { return nil }
        return HostError(
            .limitReached, "read", path,
            reason: "there may be more sockets than were read of the table \(table.name.rawValue)")
    }
}
