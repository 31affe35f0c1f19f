internal import Glibc

/// Keeps others from adding to a sidecar for as long as this value lives (flock(2)).
final class SidecarLock: Sendable {
    private let descriptor: Int32

    /// Nil when there is no sidecar.
    ///
    /// - Throws: `inUse` when another still adds to it after `patience`; what opening it throws.
    init?(of path: String, patience: Duration) async throws {
        let deadline = ContinuousClock.now + patience
        while true {
            guard let descriptor = try Sidecar.open(path, flags: O_RDONLY, doing: Sidecar.reading) else { return nil }
            if try await Self.lock(descriptor, path, until: deadline) {
                self.descriptor = descriptor
                return
            }
            close(descriptor)
        }
    }

    deinit {
        close(descriptor)
    }

    /// Waits for the lock. Closes the descriptor when it throws.
    ///
    /// - Returns: false when the file is not at its path any more.
    static func lock(
        _ descriptor: Int32, _ path: String, until deadline: ContinuousClock.Instant
    ) async throws -> Bool {
        do {
            // Where the file system knows no locks, nobody can be kept away.
            while flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
                guard ContinuousClock.now < deadline else {
                    throw BundleError(
                        code: .inUse, doing: "locking the records beside the bundle", subject: path,
                        reason: "another run of exhibit is adding to it", advice: "wait until it has ended, or end it")
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        } catch {
            close(descriptor)
            throw error
        }
        var own = stat(), there = stat()
        return fstat(descriptor, &own) == 0 && lstat(path, &there) == 0 && own.st_ino == there.st_ino
            && own.st_dev == there.st_dev
    }
}
