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
        let blockBytes: UInt64 = 64 << 10
        var end = size
        var left = count
        while end > first {
            let start = max(first, end > blockBytes ? end - blockBytes : 0)
            // Fewer where it has become shorter: what is gone has no lines.
            let block = try descriptor.bytes(at: start, count: Int(end - start), path: path)
            for index in stride(from: block.count - 1, through: 0, by: -1) where block[index] == 0x0A {
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
