import CFiles
import Glibc

extension OutputFile {
    /// Where no room can be held, so much more must be free than is needed, as others use the disk, too: half of what is
    /// free at the beginning, but no more than this.
    private static let mostMargin: UInt64 = 48 << 20

    /// Makes a new file one whose blocks can be held.
    func prepareReserving() {
        avoid_copy_on_write(descriptor)
    }

    /// Takes hold of room on the disk for the file to grow to `end` bytes, so that nobody else can use it up. Its size
    /// stays what it is.
    ///
    /// Where the file system cannot do that (fallocate(2), EOPNOTSUPP) it is only looked whether so much is free, and a
    /// margin more. What is no regular file has room up to ``maximum``.
    ///
    /// - Returns: false when there is not so much room: the disk, the quota, the file size limit, or ``maximum``.
    public mutating func reserve(upTo end: UInt64) throws(ArchiveError) -> Bool {
        guard end <= maximum else { return false }
        guard isRegularFile, end > max(reservedEnd, written) else { return true }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0, limit.rlim_cur < end { return false }
        guard isOwn, !cannotReserve else { return hasMargin(end - written) }
        let start = max(reservedEnd, written)
        // Some file systems keep what they got of what they refuse.
        guard free.map({ $0 >= end - start }) ?? true else { return false }
        hasReserved = true
        while fallocate(descriptor, FALLOC_FL_KEEP_SIZE, off_t(start), off_t(clamping: end - start)) != 0 {
            switch errno {
            case EINTR: continue
            case ENOSPC, EDQUOT, EFBIG: return false
            case EOPNOTSUPP, ENOSYS, EINVAL, EPERM:
                cannotReserve = true
                return hasMargin(end - written)
            default: throw failure(errno, doing: "reserving room in", missing: 0)
            }
        }
        reservedEnd = end
        return true
    }

    /// Lets go of the room that was not needed.
    public mutating func releaseReserve() {
        guard hasReserved, descriptor >= 0 else { return }
        // Cutting a file at its end gives back what is held behind it. If that fails, nothing is lost but room.
        _ = retrying { ftruncate(descriptor, off_t(clamping: written)) }
        reservedEnd = 0
        hasReserved = false
    }

    private mutating func hasMargin(_ bytes: UInt64) -> Bool {
        guard let free else { return true }
        margin = margin ?? min(Self.mostMargin, free / 2)
        return free >= bytes + (margin ?? 0)
    }

    /// Bytes free for us; nil when it cannot be told.
    private var free: UInt64? {
        var space = statvfs()
        guard fstatvfs(descriptor, &space) == 0, space.f_blocks > 0 else { return nil }
        let (bytes, overflow) = UInt64(space.f_bavail).multipliedReportingOverflow(by: UInt64(space.f_frsize))
        return overflow ? nil : bytes
    }
}
