/// A descriptor of a process that refers to a socket.
public struct SocketOwner: Hashable, Sendable {
    /// The process, as the procfs that was read numbers it.
    public let pid: Int32
    /// The descriptor.
    public let descriptor: Int32

    package init(pid: Int32, descriptor: Int32) {
        self.pid = pid
        self.descriptor = descriptor
    }
}

/// A socket with the namespace it is in and the descriptors that refer to it.
public struct SocketEntry: Hashable, Sendable {
    /// The socket.
    public let socket: SocketRecord
    /// The inode of its network namespace, as in `net:[4026531840]`; nil where it could not be read.
    public let namespace: UInt64?
    /// Who holds it, by pid and descriptor; empty for sockets of the kernel, of no process any more, or of processes
    /// whose descriptors may not be read (see ``SocketSnapshot/failures``).
    public let owners: [SocketOwner]
    /// The name (`comm`) of the owners' processes, one for each owner.
    public let ownerNames: [RawText]

    package init(socket: SocketRecord, namespace: UInt64?, owners: [SocketOwner], ownerNames: [RawText]) {
        self.socket = socket
        self.namespace = namespace
        self.owners = owners
        self.ownerNames = ownerNames
    }
}

/// A network namespace that at least one process lives in.
public struct NetworkNamespace: Hashable, Sendable {
    /// Its inode; nil where no process's namespace could be told.
    public let inode: UInt64?
    /// The process that it was met in first.
    public internal(set) var pid: Int32
    /// How many processes live in it.
    public internal(set) var processCount: Int
    /// What was read of each table, without the sockets.
    public internal(set) var tables: [SocketTableSummary] = []
}

/// How the reading of one table went.
public struct SocketTableSummary: Hashable, Sendable {
    public let name: SocketTableName
    /// Sockets read.
    public let count: Int
    /// Lines that were not understood.
    public let unparsedLines: Int
    /// The first of them.
    public let unparsedSamples: [RawText]
    /// Whether there may be more sockets.
    public let isTruncated: Bool
    /// Which way it was read.
    public internal(set) var via = SocketSource.procfs
    /// Why netlink was not the way: no permission to enter the namespace, a kernel without that part of sock_diag.
    public internal(set) var fallback: HostError?
}

/// All sockets of the host's processes, at (nearly) one moment.
public struct SocketSnapshot: Sendable {
    /// When the reading began and ended, by the wall clock.
    public internal(set) var began: Timestamp
    public internal(set) var ended: Timestamp
    /// The sockets, by namespace in the order these were met, then by table.
    public internal(set) var sockets: [SocketEntry] = []
    /// The namespaces.
    public internal(set) var namespaces: [NetworkNamespace] = []
    /// Processes looked at.
    public internal(set) var processCount = 0
    /// Processes that ended while they were looked at: not failures.
    public internal(set) var vanishedProcesses = 0
    /// Descriptors of sockets that stand in no table: of other kinds (Bluetooth, MPTCP, …), or opened while they were read.
    public internal(set) var unmatchedDescriptors = 0
    /// What could not be read, and why.
    public internal(set) var failures = FailureLog()
    /// Whether it was cancelled before the end.
    public internal(set) var isCancelled = false
}
