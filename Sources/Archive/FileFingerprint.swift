import CFiles
import Glibc

/// Which file it is, and whether it is as it was: as fstat(2) says it of an open descriptor.
public struct FileFingerprint: Hashable, Sendable {
    /// `st_dev`.
    public let device: UInt64
    /// `st_ino`.
    public let inode: UInt64
    /// In bytes.
    public let size: Int64
    /// When content changed last, in nanoseconds since 1970; any program that may write the file can set it to any time.
    public let modified: Int64
    /// When content, owner, mode or names changed last, by the kernel's clock, in nanoseconds since 1970.
    public let changed: Int64

    init?(_ descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        let (seconds, isTooMuch) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        return isTooMuch ? (time.tv_sec < 0 ? .min : .max) : seconds &+ Int64(time.tv_nsec)
    }

    /// How long a file must be as it is before it is ``FileSource/settled(for:)``, in nanoseconds: a change soon after another could have
    /// the same time, where a file system has whole seconds.
    public static let settling: Int64 = 2_000_000_000

    /// Whether it was the same for so long.
    fileprivate func isOld(_ nanoseconds: Int64) -> Bool {
        var now = timespec()
        guard clock_gettime(CLOCK_REALTIME, &now) == 0 else { return false }
        let (age, overflow) = Self.nanoseconds(now).subtractingReportingOverflow(changed)
        return !overflow && age >= max(nanoseconds, 0)
    }
}

extension FileSource {
    /// What the file is now.
    public var identity: FileFingerprint? { FileFingerprint(descriptor) }

    /// What the file is, if any change from now on gives it another identity; what is read next is then its content for as long as it has
    /// this one.
    ///
    /// Nil where that is not so: where it has just been changed, where times are not those of this kernel (network file systems, FUSE),
    /// and where changes by mmap(2) leave them (tmpfs). Elsewhere such a change sets them when it is the first of a page since that was
    /// written to the disk: so all of them are.
    public func settled(for nanoseconds: Int64 = FileFingerprint.settling) -> FileFingerprint? {
        var fileSystem = statfs()
        guard fstatfs(descriptor, &fileSystem) == 0,
            Self.faithful.contains(UInt32(truncatingIfNeeded: fileSystem.f_type)),
            let identity, identity.isOld(nanoseconds), fdatasync(descriptor) == 0, self.identity == identity
        else { return nil }
        return identity
    }

    /// ext2 to ext4, XFS, Btrfs, F2FS: by statfs(2).
    private static let faithful: Set<UInt32> = [0xEF53, 0x5846_5342, 0x9123_683E, 0xF2F5_2010]
}
