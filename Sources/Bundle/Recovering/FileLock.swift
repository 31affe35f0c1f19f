internal import Glibc

/// A lock on a file for as long as this value lives (flock(2)): it keeps away others that ask for one, such as a capture
/// that still writes it. The file is not changed.
struct FileLock: ~Copyable {
    private let descriptor: Int32

    /// - Throws: `inUse` when somebody holds a lock; `readFailed`.
    init(path: String, doing: String) throws(BundleError) {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw BundleError(
                code: .readFailed, doing: doing, subject: path, reason: String(cString: strerror(errno)),
                advice: "name the NAME.partial that a capture left behind")
        }
        try self.init(owning: descriptor, path: path, doing: doing)
    }

    /// Takes over an open descriptor.
    init(owning descriptor: Int32, path: String, doing: String) throws(BundleError) {
        // Where the file system knows no locks, nobody can be kept away.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
            close(descriptor)
            throw BundleError(
                code: .inUse, doing: doing, subject: path, reason: "another run of exhibit is at work on it",
                advice: "wait until it has ended, or end it")
        }
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// False when the file was removed or replaced since.
    func isHeld(at path: String) -> Bool {
        var own = stat(), there = stat()
        return fstat(descriptor, &own) == 0 && lstat(path, &there) == 0 && own.st_ino == there.st_ino
            && own.st_dev == there.st_dev
    }

    /// Another descriptor of the same open file, which shares the lock; -1 when there can be no more.
    func duplicate() -> Int32 {
        fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    }
}
