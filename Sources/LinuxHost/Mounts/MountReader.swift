internal import Glibc

/// A mount and how full it is.
public struct MountEntry: Hashable, Sendable {
    public let mount: Mount
    public let usage: UsageOutcome
}

/// The mounts of the host with their usage.
public struct MountSnapshot: Sendable {
    /// In the kernel's order.
    public internal(set) var entries: [MountEntry] = []
    /// Lines of `mountinfo` that were not understood.
    public internal(set) var unparsedLines = 0
    /// Whether the text was cut by a limit.
    public internal(set) var isTruncated = false
    /// Whether it was cancelled before the end.
    public internal(set) var isCancelled = false
}

/// Reads the mounts and asks each file system how full it is, without being held up by one that does not answer.
public struct MountReader: Sendable {
    private let proc: ProcFileSystem
    private let process: String
    private let measuresUsage: Bool
    /// Comes before mount points; empty at `/`.
    private let prefix: [UInt8]
    private let timeout: Int32

    /// A reader.
    ///
    /// - Parameters:
    ///   - proc: the procfs tree.
    ///   - process: whose mounts; nil is the reader's own, which only then are measured: the paths of another mount
    ///     namespace mean other file systems here.
    ///   - measuresUsage: whether to ask how full they are.
    ///   - root: where the host's root directory is. Elsewhere than at `/` the mounts are those of the host's first process.
    ///   - millisecondsPerMount: how long one file system may take to answer.
    public init(
        proc: ProcFileSystem, process: Int32? = nil, measuresUsage: Bool = true, root: String = "/",
        millisecondsPerMount: Int32 = 1_000
    ) {
        self.proc = proc
        let isElsewhere = root != "/"
        // `/proc/self` is a link, and links are not followed.
        self.process = String(process ?? (isElsewhere ? 1 : getpid()))
        self.measuresUsage = measuresUsage && process == nil
        prefix = isElsewhere ? Array(root.utf8) : []
        timeout = millisecondsPerMount
    }

    /// Reads them. Ends early, with what there is, when the current task is cancelled.
    ///
    /// - Throws: ``HostError`` if `mountinfo` cannot be read at all.
    public func read() throws(HostError) -> MountSnapshot {
        let text = try proc.contents(of: process + "/mountinfo", limit: 64 << 20)
        let table = MountTable.parse(text.bytes)
        var snapshot = MountSnapshot()
        snapshot.unparsedLines = table.unparsedLines
        snapshot.isTruncated = table.isTruncated || text.isTruncated
        // The last mount on a path hides the earlier ones, whose usage can then not be asked by path.
        var visible: [RawText: UInt64] = [:]
        for mount in table.mounts { visible[mount.mountPoint] = mount.id }
        var abandoned = 0
        for mount in table.mounts {
            if Task.isCancelled { snapshot.isCancelled = true }
            let usage: UsageOutcome
            if !measuresUsage || snapshot.isCancelled {
                usage = .skipped(snapshot.isCancelled ? "cancelled" : "not asked for")
            } else if mount.isRemote {
                usage = .skipped("remote or user-space file system: asking could hang")
            } else if visible[mount.mountPoint] != mount.id {
                usage = .skipped("hidden by a later mount on the same path")
            } else if abandoned >= 4 {
                usage = .skipped("too many file systems did not answer")
            } else {
                usage = measure(mount, &abandoned)
            }
            snapshot.entries.append(MountEntry(mount: mount, usage: usage))
        }
        return snapshot
    }

    private func measure(_ mount: Mount, _ abandoned: inout Int) -> UsageOutcome {
        let path = mount.mountPoint
        let prefix = prefix
        let answer = GuardedCall.run(milliseconds: timeout) { () -> UsageOutcome in
            var status = statvfs()
            let terminated = (prefix + path.bytes).map { CChar(bitPattern: $0) } + [0]
            guard statvfs(terminated, &status) == 0 else { return .failed(HostError(errno: errno, "statvfs", path)) }
            return .known(FileSystemUsage(status))
        }
        if let answer { return answer }
        abandoned += 1
        return .failed(
            HostError(.timedOut, "statvfs", path, reason: "no answer within \(timeout) ms"))
    }
}

extension MountEntry: FieldRecord {
    public static let fieldNames = [
        "id", "parent", "device", "mount_point", "root", "type", "source", "options", "super_options", "propagation",
        "total_bytes", "free_bytes", "available_bytes", "total_inodes", "free_inodes", "usage_skipped", "usage_error",
    ]

    package func write(to writer: inout some FieldWriter) {
        var known: FileSystemUsage?
        var skipped: String?
        var failure: HostError?
        switch usage {
        case .known(let value): known = value
        case .skipped(let reason): skipped = reason
        case .failed(let error): failure = error
        }
        writer.field("id", .number(mount.id))
        writer.field("parent", .number(mount.parentID))
        writer.field("device", .text("\(mount.major):\(mount.minor)"))
        writer.field("mount_point", .raw(mount.mountPoint))
        writer.field("root", .raw(mount.root))
        writer.field("type", .text(mount.type))
        writer.field("source", .raw(mount.source))
        writer.field("options", .raw(mount.options))
        writer.field("super_options", .raw(mount.superOptions))
        writer.field("propagation", .textList(mount.propagation))
        writer.field("total_bytes", .optional(known?.totalBytes))
        writer.field("free_bytes", .optional(known?.freeBytes))
        writer.field("available_bytes", .optional(known?.availableBytes))
        writer.field("total_inodes", .optional(known?.totalInodes))
        writer.field("free_inodes", .optional(known?.freeInodes))
        writer.field("usage_skipped", skipped.map { .text($0) })
        writer.field("usage_error", failure.map { .text($0.reason) })
    }
}
