internal import CLinux
internal import Glibc

/// Names that procfs gives to what has no path: `socket:[12345]`, `net:[4026531840]`, `anon_inode:[eventfd]`.
package enum KernelObjectName {
    /// The inode in `kind:[inode]`, or nil if the text is anything else.
    package static func inode(of target: [UInt8], kind: String) -> UInt64? {
        let prefix = Array((kind + ":[").utf8)
        guard target.count > prefix.count + 1, target.starts(with: prefix), target.last == UInt8(ascii: "]") else {
            return nil
        }
        var cursor = FieldCursor(prefix.count..<target.count - 1)
        guard let inode = cursor.decimal(target.span), cursor.isAtEnd else { return nil }
        return inode
    }
}

extension AnchoredDirectory {
    /// The inode of the socket that a link of `/proc/<pid>/fd` names; nil if it names anything else or is gone.
    ///
    /// It is asked for every descriptor of the host, so the text stays on the stack.
    package func socketInode(_ name: UnsafePointer<CChar>) -> UInt64? {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { buffer in
            guard let base = buffer.baseAddress else { return nil }
            let count = readlinkat(descriptor.rawValue, name, UnsafeMutableRawPointer(base), 64)
            // `socket:[` 8, at most 20 digits, `]`.
            guard count > 9, count < 64, memcmp(base, "socket:[", 8) == 0, base[count - 1] == UInt8(ascii: "]") else {
                return nil
            }
            var inode: UInt64 = 0
            for index in 8..<count - 1 {
                let digit = base[index] &- 0x30
                guard digit < 10, inode < UInt64.max / 10 else { return nil }
                inode = inode * 10 + UInt64(digit)
            }
            return inode
        }
    }
}

extension AnchoredDirectory {
    /// Opens what a link of procfs stands for (`exe`, `ns/net`): the object itself, whatever its path now leads to, as procfs
    /// takes no path to get there. In a directory of any other file system no link is followed.
    ///
    /// - Parameter purpose: look at what it is first, as the open of a FIFO or a device for reading has effects.
    package func kernelObject(
        _ name: UnsafePointer<CChar>, for purpose: KernelObjectPurpose
    ) throws(HostError) -> OwnedDescriptor {
        guard isOfProcfs else {
            throw HostError(
                .unexpectedType, "open", path(of: name), pid: pid, reason: "a link that is not one of procfs")
        }
        let flags = purpose.flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        let number = openat(descriptor.rawValue, name, flags)
        guard number >= 0 else { throw HostError(errno: errno, "open", path(of: name), pid: pid) }
        return OwnedDescriptor(owning: number)
    }

    /// The same for a link that stands for a directory (`root`): all beneath it is reached as in any anchored directory.
    package func kernelDirectory(_ name: UnsafePointer<CChar>) throws(HostError) -> AnchoredDirectory {
        let directory = try kernelObject(name, for: .listing)
        return AnchoredDirectory(directory, path: path(of: name).bytes, pid: pid)
    }

    /// Whether the kernel's procfs itself is what this directory lies on, and not a copy or a made-up tree.
    package var isOfProcfs: Bool {
        var system = statfs()
        // PROC_SUPER_MAGIC (<linux/magic.h>).
        return fstatfs(descriptor.rawValue, &system) == 0 && system.f_type == 0x9FA0
    }
}

/// What a kernel object is opened for.
package enum KernelObjectPurpose: Sendable {
    /// To ask what it is, and no more.
    case looking
    case reading
    case listing

    fileprivate var flags: Int32 {
        switch self {
        // O_PATH (<asm-generic/fcntl.h>), not exported by Swift's Glibc module without _GNU_SOURCE.
        case .looking: 0o10000000
        case .reading: O_RDONLY
        case .listing: O_RDONLY | O_DIRECTORY
        }
    }
}
