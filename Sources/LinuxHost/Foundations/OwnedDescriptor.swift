public import Glibc

/// A file descriptor that is closed when its owner goes away.
public struct OwnedDescriptor: ~Copyable, Sendable {
    /// The number, valid as long as this value lives.
    public let rawValue: Int32

    /// Takes over an open descriptor.
    public init(owning rawValue: Int32) {
        self.rawValue = rawValue
    }

    deinit {
        Glibc.close(rawValue)
    }

    /// Gives the number up; the caller closes it.
    public consuming func release() -> Int32 {
        let number = rawValue
        discard self
        return number
    }

    /// Closes now, and reports what `deinit` would have to swallow.
    public consuming func close() throws(HostError) {
        let number = rawValue
        discard self
        if Glibc.close(number) != 0 {
            throw HostError(errno: errno, "close", RawText("descriptor \(number)"))
        }
    }

    /// The file's status (`fstat`).
    public func status() throws(HostError) -> stat {
        var status = stat()
        guard fstat(rawValue, &status) == 0 else {
            throw HostError(errno: errno, "stat", RawText("descriptor \(rawValue)"))
        }
        return status
    }

    /// The bytes from a place in the file on, wherever it is read otherwise; fewer at its end.
    package func bytes(at offset: UInt64, count: Int, path: RawText) throws(HostError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let (start, number) = (filled, rawValue)
            let got = bytes.withUnsafeMutableBytes { buffer in
                pread(
                    number, buffer.baseAddress.map { $0 + start }, count - start,
                    off_t(clamping: offset.addingReportingOverflow(UInt64(start)).partialValue))
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw HostError(errno: errno, "read", path) }
            if got == 0 { break }
            filled += got
        }
        bytes.removeLast(count - filled)
        return bytes
    }

    /// Goes to a place in the file, in bytes from its start.
    package func seek(to offset: UInt64, path: RawText) throws(HostError) {
        guard lseek(rawValue, off_t(clamping: offset), SEEK_SET) >= 0 else {
            throw HostError(errno: errno, "seek", path)
        }
    }

    /// Reads up to `buffer.count` bytes from the current position; 0 at the end. Retries when interrupted.
    public func read(into buffer: UnsafeMutableRawBufferPointer, path: RawText = "") throws(HostError) -> Int {
        try SystemRead.read(rawValue, into: buffer, path: path).get()
    }
}
