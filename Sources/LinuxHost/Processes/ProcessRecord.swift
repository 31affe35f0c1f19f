/// One process, as procfs shows it. Members are nil where they could not be read: why is in
/// ``ProcessSummary/failures``.
public struct ProcessRecord: Hashable, Sendable {
    /// What `stat` says: name, parent, state, start.
    public var stat: ProcessStat
    /// When it started: the boot time of `/proc/stat` (whole seconds) plus its start ticks; nil if that was not
    /// readable.
    public var started: Timestamp?
    /// What `status` says: ids, capabilities, seccomp, memory.
    public var status: ProcessStatus?
    /// Its arguments; empty for kernel threads and zombies.
    public var arguments: [RawText]?
    /// Whether the arguments were cut at ``ProcessReader/Limits/argumentBytes``.
    public var argumentsTruncated = false
    /// The executable; nil also for kernel threads.
    public var executable: RawText?
    /// Whether the kernel marks the executable as deleted (or replaced: package upgrades do that).
    public var executableDeleted = false
    /// Its working directory and its root directory, seen from the reader's root.
    public var workingDirectory: RawText?
    public var rootDirectory: RawText?
    /// Where it stands in each hierarchy of control groups.
    public var controlGroups: [ControlGroup]?
    /// The inodes of its namespaces by type (`net`, `mnt`, `pid`, …), sorted by type.
    public var namespaces: [NamespaceLink] = []
    /// The names of its environment variables, never their values; nil if they may not be read.
    public var environmentNames: [String]?
    /// Entries of the environment without a plausible name.
    public var unnamedEnvironmentEntries = 0
    /// Whether the environment was cut at ``ProcessReader/Limits/environmentBytes``.
    public var environmentTruncated = false

    /// The user who logged in and so began it, through `su` and `sudo` (`loginuid`); nil if nobody did, as for services.
    public var loginUID: UInt32?
    /// The session of that login, by the kernel's audit (`sessionid`); nil if there is none.
    public var auditSession: UInt32?
    /// How readily the kernel ends it when memory runs out, 0 to 2,000, and what was added to that, -1,000 to 1,000.
    public var oomScore: Int32?
    public var oomAdjustment: Int32?
    /// Some of its limits.
    public var limits: [ProcessLimit]?
    /// Where in the kernel it waits; read only of a process in uninterruptible sleep.
    public var waitChannel: String?
    /// The process's number.
    public var pid: Int32 { stat.pid }

    /// The inode of a namespace by its type.
    public func namespace(_ type: String) -> UInt64? {
        namespaces.first { $0.type == type }?.inode
    }

    package init(stat: ProcessStat) {
        self.stat = stat
    }
}

/// A namespace that a process is in.
public struct NamespaceLink: Hashable, Sendable {
    /// `cgroup`, `ipc`, `mnt`, `net`, `pid`, `pid_for_children`, `time`, `time_for_children`, `user`, `uts`.
    public let type: String
    /// Its inode.
    public let inode: UInt64
}

/// How a reading of processes went.
public struct ProcessSummary: Sendable {
    /// Records handed out.
    public internal(set) var count = 0
    /// Processes that ended while they were looked at: not failures.
    public internal(set) var vanished = 0
    /// What could not be read, and why.
    public internal(set) var failures = FailureLog()
    /// Whether it was cancelled before the end.
    public internal(set) var isCancelled = false

    /// Nothing read yet.
    public init() {}
}
