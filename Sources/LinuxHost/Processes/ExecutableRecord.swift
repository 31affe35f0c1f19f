/// The file that a process runs, as it is now: what its name leads to may be another file.
public struct ExecutableRecord: Hashable, Sendable {
    public let pid: Int32
    /// With the pid it tells processes apart: clock ticks since boot.
    public var startTicks: UInt64?
    /// The path as the kernel shows it, and whether that marks it as deleted.
    public let path: RawText
    public let isDeleted: Bool
    public let attributes: FileAttributes
    /// Whether it lies on the mount that is the process's root: the container's own file system. Nil where the kernel does not tell.
    public let isOnRoot: Bool?
    /// SHA-256 of its content, in hexadecimal; nil where ``unhashed`` says why.
    public internal(set) var sha256: String?
    /// Why there is no digest.
    public internal(set) var unhashed: HostError?
    /// The package that it belongs to; nil if to none, or if nobody was asked.
    public internal(set) var package: RawText?

    /// Whether it is memory with a name (`memfd_create`): there never was a file.
    public var isMemory: Bool { path.bytes.starts(with: "/memfd:".utf8) }

    package init(pid: Int32, path: RawText, isDeleted: Bool, attributes: FileAttributes, isOnRoot: Bool?) {
        self.pid = pid
        self.path = path
        self.isDeleted = isDeleted
        self.attributes = attributes
        self.isOnRoot = isOnRoot
    }
}

extension ExecutableRecord: FieldRecord {
    public static let fieldNames = [
        "pid", "start_ticks", "path", "deleted", "memfd", "on_root", "device", "inode", "size", "mode", "uid", "gid",
        "links", "modified", "changed", "born", "sha256", "unhashed", "package",
    ]

    package func write(to writer: inout some FieldWriter) {
        writer.field("pid", .number(pid))
        writer.field("start_ticks", .optional(startTicks))
        writer.field("path", .raw(path))
        writer.field("deleted", .flag(isDeleted || attributes.links == 0))
        writer.field("memfd", .flag(isMemory))
        writer.field("on_root", isOnRoot.map { .flag($0) })
        writer.field("device", .text(attributes.device))
        writer.field("inode", .unsigned(attributes.identity.inode))
        writer.field("size", .unsigned(attributes.size))
        writer.field("mode", .text("0" + String(attributes.mode, radix: 8)))
        writer.field("uid", .number(attributes.uid))
        writer.field("gid", .number(attributes.gid))
        writer.field("links", .number(attributes.links))
        writer.field("modified", .time(attributes.modified))
        writer.field("changed", .time(attributes.changed))
        writer.field("born", attributes.born.map { .time($0) })
        writer.field("sha256", sha256.map { .text($0) })
        writer.field("unhashed", unhashed.map { .text($0.reason) })
        writer.field("package", package.map { .raw($0) })
    }
}
