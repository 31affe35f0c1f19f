internal import Archive
internal import Glibc

/// A regular file below a folder, read from front to back, as often as is wanted.
package struct FolderFile: ~Copyable {
    let name: String
    /// In bytes, when it was opened.
    package let size: UInt64
    private let descriptor: Int32

    init(owning descriptor: Int32, name: String, size: UInt64) {
        self.descriptor = descriptor
        self.name = name
        self.size = size
    }

    deinit {
        close(descriptor)
    }

    /// Fills `buffer` from `offset`; fewer bytes only where the file ends. Returns how many.
    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let (position, overflow) = offset.addingReportingOverflow(UInt64(filled))
            guard !overflow, position < size else { break }
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = pread(descriptor, rest.baseAddress, rest.count, off_t(position))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw ArchiveError(
                    .readFailed, doing: "reading a file", subject: name, reason: String(cString: strerror(errno)))
            }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// Hands out exactly `size` bytes in pieces, or the first `count`, which are there.
    package func pieces(first count: UInt64? = nil, _ body: (ArraySlice<UInt8>) async throws -> Void) async throws {
        let end = min(size, count ?? size)
        var offset: UInt64 = 0
        while offset < end {
            let wanted = Int(min(end - offset, 1 << 20))
            // A new one for each piece: the reader may keep the last for a while.
            var count = 0
            var number: Int32 = 0
            let buffer = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, initialized in
                count = pread(descriptor, buffer.baseAddress, wanted, off_t(offset))
                number = errno
                initialized = max(count, 0)
            }
            if count < 0, number == EINTR { continue }
            guard count > 0 else {
                throw BundleError(
                    code: .readFailed, doing: "reading a file", subject: name,
                    reason: count == 0 ? "the file became shorter while it was read" : String(cString: strerror(number))
                )
            }
            try await body(buffer[...])
            offset += UInt64(count)
        }
    }
}
