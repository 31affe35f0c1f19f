/// What to look for, and where.
public struct ChangedFileQuery: Sendable {
    /// The first and the last moment of the window, both included.
    public var from: Timestamp
    public var to: Timestamp
    /// The directories to walk, absolute. Each is walked within its own file system.
    public var roots: [String] = ["/"]
    /// Directories that are not entered, absolute, apart from roots themselves.
    public var excluded: Set<RawText> = ["/proc", "/sys", "/dev", "/run"]
    /// How deep below a root.
    public var maxDepth = 256
    /// How many entries are looked at, over all roots.
    public var maxEntries = 50_000_000
    /// How many files are handed out, over all roots.
    public var maxFiles = 1_000_000
    /// Where the host's root directory is: paths are as the host has them.
    public var hostRoot = "/"
    /// When to stop.
    public var deadline: ContinuousClock.Instant?

    /// Looks for files changed between two moments.
    public init(from: Timestamp, to: Timestamp) {
        self.from = from
        self.to = to
    }
}

/// How a walk went.
public struct ChangedFileSummary: Sendable {
    /// Why a walk did not reach everything.
    public enum Stop: String, Hashable, Sendable {
        case cancelled, deadline
        case entryLimit = "entry-limit"
        case fileLimit = "file-limit"
    }

    /// Entries looked at, and files handed out.
    public internal(set) var entries = 0
    public internal(set) var found = 0
    /// Directories that were entered.
    public internal(set) var directories = 0
    /// Directories left out because they are excluded or another file system is mounted there; the first 1,000, and the
    /// count of all.
    public internal(set) var skipped: [RawText] = []
    public internal(set) var skippedCount = 0
    /// What ended the walk early, nil if nothing did.
    public internal(set) var stop: Stop?
    /// What could not be read, and why; also directories below the depth limit.
    public internal(set) var failures = FailureLog()

    package mutating func skip(_ path: RawText) {
        skippedCount += 1
        if skipped.count < 1_000 { skipped.append(path) }
    }
}

/// Walks directories for files whose content or metadata changed within a window of time.
///
/// Every directory is held by a descriptor while its entries are looked at, no link is followed, nothing but
/// directories is opened, and mount points are left out before they are even looked at, since a `stat` of a dead
/// network file system hangs.
public struct ChangedFileWalk: Sendable {
    private let query: ChangedFileQuery
    private let mountPoints: Set<RawText>

    /// A walk. The mounts to keep away from come from the mount table in `proc` that belongs to the host's root; without it (nil, or not
    /// readable) other file systems are noticed by their device number only.
    public init(_ query: ChangedFileQuery, proc: ProcFileSystem? = nil) {
        self.query = query
        let reader = proc.map { MountReader(proc: $0, measuresUsage: false, root: query.hostRoot) }
        let snapshot = reader.flatMap { try? $0.read() }
        mountPoints = Set(snapshot?.entries.map(\.mount.mountPoint) ?? [])
    }

    /// Walks, and hands each file out as it is found.
    ///
    /// - Throws: only what `body` throws, which ends the walk.
    public func walk(_ body: (borrowing FoundFile) throws -> Void) throws -> ChangedFileSummary {
        var state = WalkState(query: query, mountPoints: mountPoints)
        for root in query.roots where state.summary.stop == nil {
            do throws(HostError) {
                let anchor = try AnchoredDirectory.open(root, below: query.hostRoot)
                let device = FileIdentity(try anchor.descriptor.status()).device
                state.enter(anchor, device: device, depth: 0, body)
            } catch {
                state.summary.failures.record(error)
            }
            if let failure = state.bodyFailure { throw failure }
        }
        return state.summary
    }
}
