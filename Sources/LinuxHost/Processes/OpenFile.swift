/// What a descriptor of a process refers to, by the text of its link in `/proc/<pid>/fd`.
public enum OpenFileTarget: Hashable, Sendable {
    /// A path as the process's mount namespace shows it from the reader's root.
    case path(RawText, isDeleted: Bool)
    /// A socket, by its inode.
    case socket(inode: UInt64)
    /// A pipe, by its inode.
    case pipe(inode: UInt64)
    /// An object without a name, such as `[eventpoll]`, `[io_uring]`, `bpf-prog`.
    case anonymous(RawText)
    /// Memory with a name (`memfd_create`): programs can run from it without a file.
    case memory(RawText)
    /// A namespace: type and inode.
    case namespace(String, inode: UInt64)
    /// Any other text.
    case other(RawText)

    /// Reads the text of a link.
    public init(_ target: [UInt8]) {
        if let inode = KernelObjectName.inode(of: target, kind: "socket") {
            self = .socket(inode: inode)
        } else if let inode = KernelObjectName.inode(of: target, kind: "pipe") {
            self = .pipe(inode: inode)
        } else if target.starts(with: "anon_inode:".utf8) {
            self = .anonymous(RawText(Array(target.dropFirst("anon_inode:".utf8.count))))
        } else if target.starts(with: "/memfd:".utf8) {
            let (path, _) = ProcessText.withoutDeletedMark(target)
            self = .memory(RawText(Array(path.bytes.dropFirst("/memfd:".utf8.count))))
        } else if target.first == UInt8(ascii: "/") {
            let (path, isDeleted) = ProcessText.withoutDeletedMark(target)
            self = .path(path, isDeleted: isDeleted)
        } else if let type = ["net", "mnt", "pid", "uts", "ipc", "user", "cgroup", "time"].first(where: {
            KernelObjectName.inode(of: target, kind: $0) != nil
        }), let inode = KernelObjectName.inode(of: target, kind: type) {
            self = .namespace(type, inode: inode)
        } else {
            self = .other(RawText(target))
        }
    }
}

/// What `/proc/<pid>/fdinfo/<fd>` says (fs/proc/fd.c `seq_show`).
public struct DescriptorInfo: Hashable, Sendable {
    /// The position in the file, in bytes.
    public var position: UInt64?
    /// The open flags (`O_…`), as the kernel keeps them.
    public var flags: UInt32?
    /// The mount it was opened through, as in `mountinfo`.
    public var mountID: UInt64?
    /// The file's inode (since Linux 5.14).
    public var inode: UInt64?

    /// Reads the text; what is missing stays nil. Lines after the first eight are of other files (epoll, inotify).
    public init(_ bytes: [UInt8]) {
        for line in bytes.split(separator: 0x0A).prefix(8) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let value = String(
                decoding: line[line.index(after: colon)...].drop { $0 == 0x20 || $0 == 0x09 }, as: UTF8.self)
            switch String(decoding: line[..<colon], as: UTF8.self) {
            case "pos": position = position ?? UInt64(value)
            case "flags": flags = flags ?? UInt32(value, radix: 8)
            case "mnt_id": mountID = mountID ?? UInt64(value)
            case "ino": inode = inode ?? UInt64(value)
            default: break
            }
        }
    }

    /// `r`, `w` or `rw`, by the access mode in the flags.
    public var access: String? {
        flags.map { $0 & 3 == 0 ? "r" : $0 & 3 == 1 ? "w" : "rw" }
    }
}

/// An open descriptor of a process.
public struct OpenFile: Hashable, Sendable {
    public let pid: Int32
    public let descriptor: Int32
    public let target: OpenFileTarget
    /// Position and flags; nil for sockets, where they say nothing, and where they could not be read.
    public let info: DescriptorInfo?
}

extension OpenFile: FieldRecord {
    public static let fieldNames = [
        "pid", "fd", "type", "path", "deleted", "inode", "access", "flags", "position", "mount_id",
    ]

    package func write(to writer: inout some FieldWriter) {
        var path: RawText?
        var isDeleted: Bool?
        var inode = info?.inode
        let type: String
        switch target {
        case .path(let text, let deleted): (type, path, isDeleted) = ("file", text, deleted)
        case .socket(let number): (type, inode) = ("socket", number)
        case .pipe(let number): (type, inode) = ("pipe", number)
        case .anonymous(let name): (type, path) = ("anon_inode", name)
        case .memory(let name): (type, path) = ("memfd", name)
        case .namespace(let kind, let number): (type, path, inode) = ("namespace", RawText(kind), number)
        case .other(let text): (type, path) = ("other", text)
        }
        writer.field("pid", .number(pid))
        writer.field("fd", .number(descriptor))
        writer.field("type", .text(type))
        writer.field("path", path.map { .raw($0) })
        writer.field("deleted", isDeleted.map { .flag($0) })
        writer.field("inode", .optional(inode))
        writer.field("access", (info?.access).map { .text($0) })
        writer.field("flags", (info?.flags).map { .text("0" + String($0, radix: 8)) })
        writer.field("position", .optional(info?.position))
        writer.field("mount_id", .optional(info?.mountID))
    }
}
