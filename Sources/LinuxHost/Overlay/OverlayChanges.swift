/// How much of an overlay's changes is looked at.
public struct OverlayQuery: Sendable {
    /// Only what changed since then, by the kernel's change time; nil: everything. Deletions have no time, and always count.
    public var since: Timestamp?
    /// How deep below the root, and how long a path may be.
    public var maxDepth = 1_024
    public var maxPathBytes = 4_096
    /// How many entries are looked at.
    public var maxEntries = 10_000_000
    /// How much may wait to be entered: names of directories, in bytes.
    public var maxPendingBytes = 32 << 20
    /// How many of the files that went away with a directory are listed.
    public var maxHidden = 10_000
    /// Files that are larger are not hashed; nor is more than so much in all.
    public var largestHashed: UInt64 = 512 << 20
    public var maxHashedBytes: UInt64 = 16 << 30
    /// When to stop hashing, and when to stop.
    public var hashingDeadline: ContinuousClock.Instant?
    public var deadline: ContinuousClock.Instant?

    public init() {}
}

/// How the look at an overlay's changes went.
public struct OverlaySummary: Sendable {
    /// Why not everything was reached.
    public enum Stop: String, Hashable, Sendable {
        case cancelled, deadline
        case entryLimit = "entry-limit"
    }

    /// Entries looked at, and changes handed out.
    public internal(set) var entries = 0
    public internal(set) var count = 0
    /// Changes that are ``OverlayChange/Kind/present``: what was there before is not known.
    public internal(set) var unknown = 0
    /// Regular files without a hash.
    public internal(set) var unhashed = 0
    /// Files that changed while they were hashed.
    public internal(set) var unstable = 0
    /// Whether more went away with directories than is listed.
    public internal(set) var isHiddenCut = false
    /// What ended it early, nil if nothing did.
    public internal(set) var stop: Stop?
    /// What could not be read, and why; also directories beyond the limits.
    public var failures = FailureLog()

    public init() {}

    /// Counts another look to this one.
    public mutating func add(_ other: OverlaySummary) {
        entries += other.entries
        count += other.count
        unknown += other.unknown
        unhashed += other.unhashed
        unstable += other.unstable
        isHiddenCut = isHiddenCut || other.isHiddenCut
        stop = stop ?? other.stop
        failures.append(other.failures)
    }
}

extension OverlayTree {
    /// Looks at every path of the container's layer, and hands out each as it is found, in the order of the layer's directories: those
    /// of a directory before those of the directories in it.
    ///
    /// - Throws: only what `body` throws, which ends it.
    public func changes(
        _ query: OverlayQuery, _ body: (OverlayChange) throws -> Void
    ) throws -> OverlaySummary {
        var walk = OverlayWalk(self, query)
        try walk.run(body)
        var summary = walk.summary
        summary.failures.append(walk.comparison.lookup.failures)
        return summary
    }
}
