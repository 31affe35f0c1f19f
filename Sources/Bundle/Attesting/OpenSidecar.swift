internal import Archive
internal import BundleFormat
internal import Glibc

/// The sidecar of a bundle while records are appended to it: made if there was none, and locked against others.
///
/// What is in it is never written again: new lines go behind it in one write, and are on disk when ``append`` returns.
/// Only half a record at the end, which an append left that was cut off, is moved elsewhere first.
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
            if try await SidecarLock.lock(descriptor, path, until: deadline) {
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
    /// What an append that was cut off left at the end is dealt with first: a whole record gets its LF, anything else is
    /// moved to a file of its own.
    ///
    /// - Parameter trail: of ``content``: it says what the end of the file is worth.
    /// - Returns: the file that half a record was moved to; nil when there was none.
    /// - Throws: `noSpace`, `writeFailed`: then no line was added; `tooLarge`.
    func append(_ lines: [[UInt8]], after trail: RecordTrail) throws(BundleError) -> String? {
        let fragment = trail.fragmentBytes > 0 ? try moveFragment() : nil
        let kept = content.wholeBytes + (trail.lacksLineEnd ? content.tail.count : 0)
        let bytes = (trail.lacksLineEnd ? [0x0A] : []) + lines.joined()
        guard kept + bytes.count <= FormatLimits.attestationBytes else {
            throw BundleError(
                code: .tooLarge, doing: Self.doing, subject: path,
                reason: "it would have more than \(FormatLimits.attestationBytes) bytes",
                advice: "put larger texts into files of their own, and name them by their hash")
        }
        do {
            try Self.write(bytes, to: descriptor, path)
        } catch {
            // Should that fail, too, the end is half a record, which the next append moves away.
            _ = ftruncate(descriptor, off_t(kept))
            throw error
        }
        if isNew {
            do { try OutputFile.syncFolder(of: path) } catch { throw BundleError(error) }
        }
        return fragment
    }

    /// Half a record goes to `<sidecar>.fragment-TIME`, and is on disk there before it is taken off here.
    private func moveFragment() throws(BundleError) -> String {
        let name = "\(path).fragment-\(BundleClock(origin: 0).wall)"
        let file = Glibc.open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Sidecar.failure(errno, doing: Self.doing, name) }
        defer { close(file) }
        do {
            try Self.write(Array(content.tail), to: file, name)
        } catch {
            unlink(name)
            throw error
        }
        do { try OutputFile.syncFolder(of: name) } catch { throw BundleError(error) }
        guard Self.retrying({ ftruncate(descriptor, off_t(content.wholeBytes)) }) == 0,
            Self.retrying({ fsync(descriptor) }) == 0
        else { throw Sidecar.failure(errno, doing: Self.doing, path) }
        return name
    }

    /// All of it, and on disk.
    private static func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(BundleError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Sidecar.failure(errno, doing: doing, path) }
            rest = rest.dropFirst(count)
        }
        guard retrying({ fsync(descriptor) }) == 0 else { throw Sidecar.failure(errno, doing: doing, path) }
    }

    // MARK: Opening

    private static func openOrCreate(_ path: String) throws(BundleError) -> (descriptor: Int32, isNew: Bool) {
        for _ in 0..<10 {
            if let descriptor = try Sidecar.open(path, flags: O_RDWR | O_APPEND, doing: doing) {
                var status = stat()
                guard fstat(descriptor, &status) == 0, status.st_nlink <= 1 else {
                    close(descriptor)
                    throw BundleError(
                        code: .writeFailed, doing: doing, subject: path,
                        reason: "the file has other names, too (hard links), and would change under each of them",
                        advice: "make it a file of its own: cp --reflink=auto it to another name, and move that here")
                }
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

    private static func retrying(_ call: () -> Int32) -> Int32 {
        while true {
            let result = call()
            if result != -1 || errno != EINTR { return result }
        }
    }
}
