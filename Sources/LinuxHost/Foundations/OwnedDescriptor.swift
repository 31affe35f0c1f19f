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
