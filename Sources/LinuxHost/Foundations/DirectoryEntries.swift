internal import CLinux
internal import Glibc

/// Lists directories one after the other into one buffer: `readdir` allocates one for each, which tells for tens of thousands.
package struct DirectoryEntries: ~Copyable {
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 8)

    package init() {}

    deinit {
        buffer.deallocate()
    }

    /// Calls `body` with the name of each entry, `.` and `..` among them. The directory's descriptor must not have been listed before.
    package func forEach(
        of directory: borrowing AnchoredDirectory, _ body: (UnsafePointer<CChar>) -> Void
    ) throws(HostError) {
        guard let base = buffer.baseAddress else { return }
        while true {
            let count = getdents64(directory.descriptor.rawValue, base, UInt(buffer.count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw HostError(errno: errno, "list", RawText(directory.path), pid: directory.pid)
            }
            if count == 0 { return }
            var offset = 0
            // struct linux_dirent64: d_ino, d_off, d_reclen (16), d_type, d_name (19).
            while offset + 19 < count {
                let length = Int(base.load(fromByteOffset: offset + 16, as: UInt16.self))
                guard length > 19, offset + length <= count else { break }
                body((base + offset + 19).assumingMemoryBound(to: CChar.self))
                offset += length
            }
        }
    }
}
