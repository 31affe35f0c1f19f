package import Glibc

/// How full a file system is (statvfs(3)).
public struct FileSystemUsage: Hashable, Sendable {
    /// Bytes in all, free, and free for ordinary users.
    public let totalBytes: UInt64
    public let freeBytes: UInt64
    public let availableBytes: UInt64
    /// Inodes in all and free; zero where the file system has no such limit.
    public let totalInodes: UInt64
    public let freeInodes: UInt64

    package init(_ status: statvfs) {
        let unit = UInt64(status.f_frsize)
        totalBytes = UInt64(status.f_blocks).multipliedReportingOverflow(by: unit).partialValue
        freeBytes = UInt64(status.f_bfree).multipliedReportingOverflow(by: unit).partialValue
        availableBytes = UInt64(status.f_bavail).multipliedReportingOverflow(by: unit).partialValue
        totalInodes = UInt64(status.f_files)
        freeInodes = UInt64(status.f_ffree)
    }
}

/// Whether the usage of a mount is known, and why not.
public enum UsageOutcome: Hashable, Sendable {
    case known(FileSystemUsage)
    /// Not asked: the reason (a remote file system, a mount inside another one's shadow).
    case skipped(String)
    /// Asked without success.
    case failed(HostError)
}
