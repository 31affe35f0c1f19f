import CFiles
import Glibc

extension OutputFile {
    /// Takes hold of room on the disk for the file to grow to `end` bytes, so that nobody else can use it up. Its size
    /// stays what it is.
    ///
    /// Where the file system cannot do that (fallocate(2), EOPNOTSUPP) it is only looked whether so much is free. What
    /// is no regular file always has room.
    ///
    /// - Returns: false when there is not so much room: the disk, the quota, or the file size limit.
    public mutating func reserve(upTo end: UInt64) throws(ArchiveError) -> Bool {
        guard isRegularFile, end > max(reservedEnd, written) else { return true }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0, limit.rlim_cur < end { return false }
        guard isOwn else { return hasFree(end - written) }
        let start = max(reservedEnd, written)
        while fallocate(descriptor, FALLOC_FL_KEEP_SIZE, off_t(start), off_t(clamping: end - start)) != 0 {
            switch errno {
            case EINTR: continue
            case ENOSPC, EDQUOT, EFBIG: return false
            case EOPNOTSUPP, ENOSYS, EINVAL, EPERM: return hasFree(end - written)
            default: throw failure(errno, doing: "reserving room in", missing: 0)
            }
        }
        reservedEnd = end
        return true
    }

    /// Lets go of the room that was not needed.
    public mutating func releaseReserve() {
        guard isOwn, reservedEnd > written else { return }
        // Cutting a file at its end gives back what is held behind it. If that fails, nothing is lost but room.
        _ = retrying { ftruncate(descriptor, off_t(clamping: written)) }
        reservedEnd = 0
    }

    private func hasFree(_ bytes: UInt64) -> Bool {
        var space = statvfs()
        guard fstatvfs(descriptor, &space) == 0 else { return true }
        return UInt64(space.f_bavail) * UInt64(space.f_frsize) >= bytes
    }
}
