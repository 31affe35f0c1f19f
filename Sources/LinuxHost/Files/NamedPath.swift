internal import Glibc

/// What a path that somebody named leads to: here links are followed, as whoever named it meant what it leads to.
public struct NamedPath: Sendable {
    public let kind: FileKind
    /// Without links in it.
    public let resolved: String
    /// Whether it lies in a file system that the kernel makes up, or that has devices.
    public let isSpecial: Bool

    /// Source: Linux, `fs/` and Documentation/filesystems.
    private static let special: Set<String> = [
        "proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "debugfs", "tracefs", "securityfs", "bpf", "pstore",
        "configfs", "fusectl", "mqueue", "binfmt_misc", "efivarfs", "autofs", "selinuxfs",
    ]

    /// Looks at it, without opening it.
    ///
    /// - Parameter mounts: this host's, which say of what type a file system is.
    /// - Throws: ``HostError``, with the code ``HostError/Code/notFound`` also where a part of the path is no folder.
    public init(_ path: String, mounts: [Mount]) throws(HostError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let number = errno
            throw number == ENOTDIR
                ? HostError(.notFound, "stat", RawText(path), reason: "a part of it is no folder")
                : HostError(errno: number, "stat", RawText(path))
        }
        guard let text = realpath(path, nil) else { throw HostError(errno: errno, "resolve", RawText(path)) }
        defer { free(text) }
        guard let resolved = String(validatingCString: text) else {
            throw HostError(.malformed, "resolve", RawText(path), reason: "it leads to a name that is not UTF-8")
        }
        self.resolved = resolved
        kind = FileKind(mode: status.st_mode)
        // Source: glibc, sysdeps/unix/sysv/linux/makedev.c.
        let device = UInt64(status.st_dev)
        let major = UInt32(truncatingIfNeeded: (device >> 8) & 0xFFF | (device >> 32) & ~0xFFF)
        let minor = UInt32(truncatingIfNeeded: device & 0xFF | (device >> 12) & ~0xFF)
        isSpecial = mounts.contains { $0.major == major && $0.minor == minor && Self.special.contains($0.type) }
    }
}
