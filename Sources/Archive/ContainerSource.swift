import Glibc

/// Where the bytes of a container come from: a file, or something that decrypts one.
public protocol ContainerSource: Sendable {
    /// The path or a description, for messages.
    var name: String { get }
    /// Size in bytes when it was opened.
    var size: UInt64 { get }
    /// Fills `buffer` from `offset`; fewer bytes only where the source ends. Returns how many.
    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int
}

extension ContainerSource {
    /// Exactly `count` bytes from `offset`, or fewer where the source ends.
    func bytes(at offset: UInt64, count: Int) throws(ArchiveError) -> [UInt8] {
        var failure: ArchiveError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(ArchiveError) {
                filled = try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }
}

/// A regular file, read by pread(2) so that several readers can share it.
public final class FileSource: ContainerSource {
    public let name: String
    public let size: UInt64
    let descriptor: Int32

    /// Opens a file for reading.
    ///
    /// - Throws: `readFailed`, also for folders, pipes and devices.
    public init(path: String) throws(ArchiveError) {
        // O_NONBLOCK: opening a FIFO must not hang.
        let descriptor = retrying { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
        guard descriptor >= 0 else { throw Self.failure(errno, doing: "opening", path: path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            Glibc.close(descriptor)
            throw ArchiveError(
                .readFailed, doing: "opening", subject: path, reason: "it is not a regular file",
                advice: "Name a bundle file.")
        }
        self.descriptor = descriptor
        name = path
        size = UInt64(status.st_size)
        _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    }

    deinit {
        Glibc.close(descriptor)
    }

    public func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let (position, overflow) = offset.addingReportingOverflow(UInt64(filled))
            guard !overflow, position < UInt64(Int64.max) else { return filled }
            let count = pread(
                descriptor, UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).baseAddress,
                buffer.count - filled, off_t(position))
            if count > 0 {
                filled += count
            } else if count == 0 {
                return filled
            } else if errno != EINTR {
                throw Self.failure(errno, doing: "reading", path: name)
            }
        }
        return filled
    }

    private static func failure(_ number: Int32, doing: String, path: String) -> ArchiveError {
        ArchiveError(.readFailed, doing: doing, subject: path, reason: String(cString: strerror(number)))
    }
}
