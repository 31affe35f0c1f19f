import Glibc

/// A file that is being written: created exclusively, written from front to back, never sought in.
///
/// All of write(2)'s habits are dealt with here: short writes, EINTR, descriptors that would block.
public struct OutputFile: ~Copyable {
    /// The path or a description, for messages.
    public let name: String
    /// False for pipes, terminals and devices: there, syncing means nothing.
    public let isRegularFile: Bool
    /// Bytes that the kernel has accepted.
    public private(set) var written: UInt64 = 0
    /// Bytes that are on disk as far as fdatasync(2) can say.
    public private(set) var synced: UInt64 = 0

    /// -1 once it is closed.
    private(set) var descriptor: Int32
    /// Whether the file was made here, and so begins at its first byte.
    let isOwn: Bool
    /// How far there is room held for it on the disk, see ``reserve(upTo:)``.
    var reservedEnd: UInt64 = 0
    /// How large it may become, in bytes, as far as ``reserve(upTo:)`` is asked.
    public var maximum = UInt64.max
    /// Whether the file system may hold blocks for it.
    var hasReserved = false
    var cannotReserve = false
    /// What must stay free where nothing can be held; nil before it was looked.
    var margin: UInt64?

    /// Creates a new file that only its owner can read.
    ///
    /// - Throws: `exists` when there is something at `path`, a link included; `noSpace`; `writeFailed`.
    public init(creating path: String) throws(ArchiveError) {
        let descriptor = retrying { open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600) }
        guard descriptor >= 0 else { throw .failure(errno, doing: "creating", path: path) }
        // Tells whoever finds the file whether it is still being written. Where there are no locks it tells nothing.
        _ = flock(descriptor, LOCK_EX | LOCK_NB)
        self.descriptor = descriptor
        name = path
        isRegularFile = true
        isOwn = true
        prepareReserving()
    }

    /// Takes over an open descriptor, such as standard output. It may be a pipe. `SIGPIPE` should be ignored, so that a
    /// reader that goes away is an error and not the end of the process.
    public init(adopting descriptor: Int32, name: String) {
        var status = stat()
        isRegularFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        self.descriptor = descriptor
        self.name = name
        isOwn = false
    }

    deinit {
        // Open only when a write failed or the output was abandoned; nothing can be done about errors then.
        if descriptor >= 0 {
            if hasReserved { ftruncate(descriptor, off_t(clamping: written)) }
            Glibc.close(descriptor)
        }
    }

    /// Writes all of `bytes`.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count >= 0 {
                written += UInt64(count)
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                waitUntilWritable()
            } else if errno != EINTR {
                throw failure(errno, doing: "writing", missing: rest.count)
            }
        }
    }

    /// Writes all of `bytes`.
    public mutating func write(_ bytes: [UInt8]) throws(ArchiveError) {
        try bytes.withUnsafeBufferPointer { buffer throws(ArchiveError) in
            try write(UnsafeRawBufferPointer(buffer))
        }
    }

    /// Puts everything written so far on disk. Does nothing for what is not a regular file.
    public mutating func sync() throws(ArchiveError) {
        guard isRegularFile else { return }
        guard retrying({ fdatasync(descriptor) }) == 0 else {
            throw failure(errno, doing: "syncing", missing: 0)
        }
        synced = written
    }

    /// Closes the file and reports what the file system reports only now (network file systems do).
    public consuming func close() throws(ArchiveError) {
        let descriptor = self.descriptor
        self.descriptor = -1
        // Linux closes the descriptor even when it says EINTR.
        guard Glibc.close(descriptor) == 0 || errno == EINTR else {
            var error = ArchiveError.failure(errno, doing: "closing", path: name)
            error.written = written
            error.synced = synced
            throw error
        }
    }

    private func waitUntilWritable() {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&request, 1, -1)
    }

    func failure(_ number: Int32, doing: String, missing: Int) -> ArchiveError {
        var error = ArchiveError.failure(number, doing: doing, path: name)
        var space = statvfs()
        if number == ENOSPC || number == EDQUOT, fstatvfs(descriptor, &space) == 0 {
            let free = UInt64(space.f_bavail) * UInt64(space.f_frsize)
            error.advice =
                "At least \(missing) bytes more are needed and \(free) are free. Free space or choose another place."
        }
        error.written = written
        error.synced = synced
        return error
    }
}

/// Repeats a system call while a signal interrupts it.
func retrying(_ call: () -> Int32) -> Int32 {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}

extension ArchiveError {
    /// The error of a failed system call on an output.
    package static func failure(_ number: Int32, doing: String, path: String) -> ArchiveError {
        let (code, advice): (Code, String?) =
            switch number {
            case ENOSPC, EDQUOT: (.noSpace, nil)
            case EFBIG: (.noSpace, "The file size limit is reached (ulimit -f, or the file system's own).")
            case EEXIST: (.exists, nil)
            case ELOOP: (.exists, "The path is a symbolic link; choose another name.")
            case EACCES, EPERM, EROFS: (.writeFailed, "Choose a folder that you may write to.")
            case ENOENT, ENOTDIR: (.writeFailed, "Make the folder first, or choose another.")
            case EPIPE: (.writeFailed, "The program that read the output has ended.")
            case EIO: (.writeFailed, "The disk reports an error: look at the kernel log, choose another disk.")
            default: (.writeFailed, nil)
            }
        return ArchiveError(
            code, doing: doing, subject: path, reason: String(cString: strerror(number)), advice: advice)
    }
}
