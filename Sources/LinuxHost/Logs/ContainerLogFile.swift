internal import Glibc

/// A file that a container runtime keeps the output of a container in.
public struct ContainerLogFile: Hashable, Sendable {
    /// Its path from the host's root.
    public let path: RawText
    /// The last part of it.
    public let name: String
    /// How many instances of the container there were before the one that wrote it.
    public let instance: Int
    /// Whether the runtime has gone on to another file since.
    public let isRotated: Bool
    /// In bytes, when it was found.
    public let size: UInt64
    public let modified: Timestamp
    public let identity: FileIdentity

    /// Whether it is a gzip file.
    public var isCompressed: Bool { name.hasSuffix(".gz") }

    /// Opens it for reading, if it is still the file that was found.
    ///
    /// - Parameter root: the host's root, as it was found under.
    public func open(root: String) throws(HostError) -> OwnedDescriptor {
        try RegularFile.open(path, root: root, expecting: identity)
    }
}

extension ContainerLogFile {
    /// Where the last lines of a file begin, in bytes from its start.
    ///
    /// - Parameters:
    ///   - count: how many lines; a last one without an end counts, too.
    ///   - size: where the file ends.
    ///   - mostBytes: how far back it looks; where there are fewer lines in that, they begin in the midst of one.
    package static func offset(
        ofLast count: Int, of descriptor: borrowing OwnedDescriptor, size: UInt64, mostBytes: UInt64, path: RawText
    ) throws(HostError) -> UInt64 {
        guard count > 0 else { return size }
        let first = size > mostBytes ? size - mostBytes : 0
        var block = [UInt8](repeating: 0, count: 64 << 10)
        var end = size
        var left = count
        while end > first {
            let start = max(first, end > UInt64(block.count) ? end - UInt64(block.count) : 0)
            var at = start
            while at < end {
                let number = descriptor.rawValue
                let got = block.withUnsafeMutableBytes { bytes in
                    pread(number, bytes.baseAddress.map { $0 + Int(at - start) }, Int(end - at), off_t(clamping: at))
                }
                if got < 0, errno == EINTR { continue }
                guard got >= 0 else { throw HostError(errno: errno, "read", path) }
                // It has become shorter: what is gone has no lines.
                if got == 0 { break }
                at += UInt64(got)
            }
            for index in stride(from: Int(at - start) - 1, through: 0, by: -1) where block[index] == 0x0A {
                // The end of the last line begins none.
                if start + UInt64(index) + 1 == size { continue }
                left -= 1
                if left == 0 { return start + UInt64(index) + 1 }
            }
            end = start
        }
        return first
    }
}
