import CFiles
import Glibc

/// Which file it is, and whether it is as it was: as fstat(2) says it of an open descriptor.
public struct FileIdentity: Hashable, Sendable {
    public let device: UInt64
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

    fileprivate static func nanoseconds(_ time: timespec) -> Int64 {
        let (seconds, isTooMuch) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        return isTooMuch ? (time.tv_sec < 0 ? .min : .max) : seconds &+ Int64(time.tv_nsec)
    }
}

/// The beginning of a reading whose result counts for as long as the file is the same.
public struct FileReading: Hashable, Sendable {
    /// As it was before the first byte was read.
    public let file: FileIdentity
    /// In nanoseconds since 1970.
    public let began: Int64
}

extension FileSource {
    /// What the file is now.
    public var identity: FileIdentity? { FileIdentity(descriptor) }

    /// Begins a reading; nil where a file can change and have the same identity.
    ///
    /// That is so where times are not those of this kernel (network file systems, FUSE), and where a change by mmap(2) leaves them
    /// (tmpfs). Elsewhere the first such change of a page that is not to be written back sets them: therefore all pages are written
    /// back first.
    public func beginReading() -> FileReading? {
        var fileSystem = statfs()
        guard fstatfs(descriptor, &fileSystem) == 0,
            Self.faithful.contains(UInt32(truncatingIfNeeded: fileSystem.f_type)), fdatasync(descriptor) == 0,
            let identity
        else { return nil }
        var now = timespec()
        guard clock_gettime(CLOCK_REALTIME, &now) == 0 else { return nil }
        return FileReading(file: identity, began: FileIdentity.nanoseconds(now))
    }

    /// ext2 to ext4, XFS, Btrfs, F2FS: by statfs(2).
    private static let faithful: Set<UInt32> = [0xEF53, 0x5846_5342, 0x9123_683E, 0xF2F5_2010]
}
