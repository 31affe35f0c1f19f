internal import Cryptography

/// Digests of files, within a limit.
package enum TreeDigest {
    /// The SHA-256 of a regular file's content, in hexadecimal; nil where it cannot be read, is larger than `limit` bytes, or was
    /// written to meanwhile.
    package static func sha256(_ path: RawText, in tree: HostTree, limit: UInt64) -> String? {
        guard let file = try? tree.open(path) else { return nil }
        var hash = SHA256()
        guard (try? read(file, limit: limit, path) { hash.update($0) }) == true else { return nil }
        return hash.finalize().hex
    }

    /// The SHA-256 of what was read already, in hexadecimal.
    package static func sha256(of bytes: [UInt8]) -> String {
        SHA256.digest(of: bytes).hex
    }

    /// Reads an open file to its end.
    ///
    /// - Returns: false when it is larger than `limit` bytes, or was written to meanwhile.
    package static func read(
        _ file: borrowing OwnedDescriptor, limit: UInt64, _ path: RawText, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(HostError) -> Bool {
        let before = FileStatus(try file.status())
        guard before.size <= limit else { return false }
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { chunk.deallocate() }
        var left = limit
        while true {
            let count = try file.read(into: chunk, path: path)
            if count == 0 { break }
            guard UInt64(count) <= left, !Task.isCancelled else { return false }
            left -= UInt64(count)
            body(UnsafeRawBufferPointer(rebasing: chunk[..<count]))
        }
        return !before.differs(from: FileStatus(try file.status()))
    }
}
