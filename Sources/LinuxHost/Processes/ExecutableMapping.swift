/// Memory of a process that it may execute: what it loaded from a file, and what it or somebody else wrote there.
///
/// Mappings of the same file, or without a file of the same name, with the same permissions are one record.
public struct ExecutableMapping: Hashable, Sendable {
    /// Where the memory is from.
    public enum Kind: String, Hashable, Sendable {
        /// A file with a name, which may be deleted by now.
        case file
        /// Memory with a name (`memfd_create`).
        case memfd
        /// No file: code that was made at run time, by a compiler or an intruder. `[heap]` and `[stack]` among them.
        case anonymous
        /// Of the kernel's own making: `[vdso]`, `[vsyscall]`, `[uprobes]`.
        case kernel
    }

    public let pid: Int32
    public let kind: Kind
    /// The path, or the name in brackets; nil of memory without one. Line feeds in it are `\012`, as the kernel writes them.
    public let path: RawText?
    /// Whether the kernel marks the file as deleted.
    public let isDeleted: Bool
    /// Four letters: `r-xp`; `rwxp` may be written and executed, the last is `p` private or `s` shared.
    public let permissions: String
    /// `major:minor` in decimal, and the inode; nil without a file.
    public let device: String?
    public let inode: UInt64?
    /// Where the first of them begins.
    public let start: UInt64
    /// How many there are, and their bytes together.
    public internal(set) var count = 1
    public internal(set) var bytes: UInt64
    /// Whether everybody may write the file, or a directory on the way to it; nil if that is not known.
    public internal(set) var isExposed: Bool?

    /// Whether it may be written, too.
    public var isWritable: Bool { permissions.utf8.dropFirst().first == UInt8(ascii: "w") }
}

extension ExecutableMapping {
    /// Reads a line of `/proc/<pid>/maps` (proc_pid_maps(5)): `start-end perms offset device inode path`. Nil if it is of another form;
    /// `isExecutable` is false of memory that may not be executed.
    package static func parse(
        _ bytes: Span<UInt8>, _ range: Range<Int>, pid: Int32
    ) -> (mapping: ExecutableMapping, isExecutable: Bool)? {
        var cursor = FieldCursor(range)
        guard let start = cursor.hexadecimal(bytes), cursor.take(UInt8(ascii: "-"), bytes),
            let end = cursor.hexadecimal(bytes), end >= start, let permissions = cursor.field(bytes),
            permissions.count == 4, let offset = cursor.field(bytes), !offset.isEmpty
        else { return nil }
        cursor.skipBlanks(bytes)
        guard let major = cursor.hexadecimal(bytes), cursor.take(UInt8(ascii: ":"), bytes),
            let minor = cursor.hexadecimal(bytes), let inode = cursor.decimalField(bytes)
        else { return nil }
        let isExecutable = bytes[permissions.lowerBound + 2] == UInt8(ascii: "x")
        // A field of blanks pads to the column of the path: the path itself may begin with none, as all begin with `/` or `[`.
        cursor.skipBlanks(bytes)
        let name = isExecutable ? copy(bytes, cursor.position..<cursor.end) : []
        let (path, isDeleted) = inode == 0 ? (RawText(name), false) : ProcessText.withoutDeletedMark(name)
        let kind: Kind =
            if path.bytes.starts(with: "/memfd:".utf8) {
                .memfd
            } else if inode != 0 {
                .file
            } else if path == "[vdso]" || path == "[vsyscall]" || path == "[uprobes]" {
                .kernel
            } else {
                .anonymous
            }
        let mapping = ExecutableMapping(
            pid: pid, kind: kind, path: name.isEmpty ? nil : path, isDeleted: isDeleted,
            permissions: String(decoding: copy(bytes, permissions), as: UTF8.self),
            device: inode == 0 ? nil : "\(major):\(minor)", inode: inode == 0 ? nil : inode, start: start,
            bytes: end - start)
        return (mapping, isExecutable)
    }
}

extension ExecutableMapping: FieldRecord {
    public static let fieldNames = [
        "pid", "type", "path", "deleted", "permissions", "writable", "device", "inode", "start", "count", "bytes",
        "exposed",
    ]

    package func write(to writer: inout some FieldWriter) {
        writer.field("pid", .number(pid))
        writer.field("type", .text(kind.rawValue))
        writer.field("path", path.map { .raw($0) })
        writer.field("deleted", kind == .file || kind == .memfd ? .flag(isDeleted) : nil)
        writer.field("permissions", .text(permissions))
        writer.field("writable", .flag(isWritable))
        writer.field("device", device.map { .text($0) })
        writer.field("inode", .optional(inode))
        writer.field("start", .text("0x" + String(start, radix: 16)))
        writer.field("count", .number(count))
        writer.field("bytes", .unsigned(bytes))
        writer.field("exposed", isExposed.map { .flag($0) })
    }
}
