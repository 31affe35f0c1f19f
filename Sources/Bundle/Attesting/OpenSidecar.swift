internal import Archive
internal import BundleFormat
internal import Glibc

/// The sidecar of a bundle while records are appended to it: made if there was none, and locked against others.
///
/// What is in it is never written again: new lines go behind it in one write, and are on disk when ``append`` returns.
/// Only half a record at the end, which an append left that was cut off, is removed first.
struct OpenSidecar: ~Copyable {
    private static let doing = "adding to the records beside the bundle"

    let path: String
    /// What was in it when it was locked.
    let content: SidecarContent
    private let descriptor: Int32
    private let isNew: Bool

    /// - Parameter patience: how long to wait for another that is appending.
    /// - Throws: `inUse`, `writeFailed`, `noSpace`, `readFailed`, `damaged` when it is no regular file, `tooLarge`.
    static func open(_ path: String, patience: Duration) async throws -> OpenSidecar {
        let deadline = ContinuousClock.now + patience
        while true {
            let (descriptor, isNew) = try openOrCreate(path)
            if try await lock(descriptor, path, until: deadline) {
                do {
                    return OpenSidecar(
                        path: path, content: try Sidecar.read(descriptor, path), descriptor: descriptor, isNew: isNew)
                } catch {
                    close(descriptor)
                    throw error
                }
            }
            // Whoever made it could not write to it and has removed it again.
            close(descriptor)
        }
    }

    private init(path: String, content: SidecarContent, descriptor: Int32, isNew: Bool) {
        self.path = path
        self.content = content
        self.descriptor = descriptor
        self.isNew = isNew
    }

    deinit {
        var status = stat()
        if isNew, fstat(descriptor, &status) == 0, status.st_size == 0 { unlink(path) }
        close(descriptor)
    }

    /// Appends lines, each with its LF.
    ///
    /// - Parameter trail: of ``content``: it says what the end of the file is worth.
    /// - Throws: `noSpace`, `writeFailed`: then the file is as it was, but for half a record at its end, unless the error
    ///   says otherwise; `tooLarge`.
    func append(_ lines: [[UInt8]], after trail: RecordTrail) throws(BundleError) {
        let kept = trail.lacksLineEnd ? content.wholeBytes + content.tail.count : content.wholeBytes
        let bytes = (trail.lacksLineEnd ? [0x0A] : []) + lines.joined()
        guard kept + bytes.count <= FormatLimits.attestationBytes else {
            throw BundleError(
                code: .tooLarge, doing: Self.doing, subject: path,
                reason: "it would have more than \(FormatLimits.attestationBytes) bytes",
                advice: "put larger texts into files of their own, and name them by their hash")
        }
        if kept < content.wholeBytes + content.tail.count { try cut(to: kept) }
        do {
            try write(bytes)
            guard retrying({ fsync(descriptor) }) == 0 else { throw Sidecar.failure(errno, doing: Self.doing, path) }
        } catch {
            do {
                try cut(to: kept)
            } catch {
                throw error.leaving("the end of \(path) may be half a record, which the next one that is added replaces")
            }
            throw error
        }
        if isNew {
            do { try OutputFile.syncFolder(of: path) } catch { throw BundleError(error) }
        }
    }

    private func write(_ bytes: [UInt8]) throws(BundleError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Sidecar.failure(errno, doing: Self.doing, path) }
            rest = rest.dropFirst(count)
        }
    }

    private func cut(to size: Int) throws(BundleError) {
        guard retrying({ ftruncate(descriptor, off_t(size)) }) == 0 else {
            throw Sidecar.failure(errno, doing: Self.doing, path)
        }
    }

    // MARK: Opening

    private static func openOrCreate(_ path: String) throws(BundleError) -> (descriptor: Int32, isNew: Bool) {
        for _ in 0..<10 {
            if let descriptor = try Sidecar.open(path, flags: O_RDWR | O_APPEND, doing: doing) {
                return (descriptor, false)
            }
            let descriptor = Glibc.open(
                path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            if descriptor >= 0 { return (descriptor, true) }
            guard errno == EEXIST else { throw Sidecar.failure(errno, doing: doing, path) }
        }
        throw BundleError(
            code: .inUse, doing: doing, subject: path, reason: "somebody else makes and removes it again and again")
    }

    /// False when the file is not at its path any more.
    private static func lock(
        _ descriptor: Int32, _ path: String, until deadline: ContinuousClock.Instant
    ) async throws -> Bool {
        // Where the file system knows no locks, nobody can be kept away.
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            guard ContinuousClock.now < deadline else {
                close(descriptor)
                throw BundleError(
                    code: .inUse, doing: doing, subject: path, reason: "another run of exhibit is adding to it",
                    advice: "wait until it has ended, or end it")
            }
            do {
                try await Task.sleep(for: .milliseconds(20))
            } catch {
                close(descriptor)
                throw error
            }
        }
        var own = stat(), there = stat()
        return fstat(descriptor, &own) == 0 && lstat(path, &there) == 0 && own.st_ino == there.st_ino
            && own.st_dev == there.st_dev
    }

    private func retrying(_ call: () -> Int32) -> Int32 {
        while true {
            let result = call()
            if result != -1 || errno != EINTR { return result }
        }
    }
}
