package import Glibc

/// What `stat` says of a file.
package struct FileStatus: Hashable, Sendable {
    package var kind: FileKind
    /// The twelve mode bits.
    package var mode: UInt32
    package var uid: UInt32
    package var gid: UInt32
    /// In bytes.
    package var size: UInt64
    package var identity: FileIdentity
    package var modified: Timestamp
    package var changed: Timestamp
    /// The text of a symbolic link, as data.
    package var linkTarget: RawText?

    package init(_ status: stat, linkTarget: [UInt8]? = nil) {
        kind = FileKind(mode: status.st_mode)
        mode = UInt32(status.st_mode & 0o7777)
        uid = status.st_uid
        gid = status.st_gid
        size = UInt64(max(0, status.st_size))
        identity = FileIdentity(status)
        modified = Timestamp(status.st_mtim)
        changed = Timestamp(status.st_ctim)
        self.linkTarget = linkTarget.map { RawText($0) }
    }

    /// Whether the content may be another than at the time of an other look.
    package func differs(from other: FileStatus) -> Bool {
        (size, modified, changed) != (other.size, other.modified, other.changed)
    }

    /// Whether others than its owner may write it.
    package var isWritableByOthers: Bool { kind != .link && mode & 0o022 != 0 }

    /// The names of the fields that ``write(to:)`` writes.
    package static let fieldNames = ["type", "mode", "uid", "gid", "size", "mtime", "ctime", "link_target"]

    /// Writes it as fields of a record about the file.
    package func write(to writer: inout some FieldWriter) {
        writer.field("type", .text(kind.rawValue))
        let digits = String(mode, radix: 8)
        writer.field("mode", .text(String(repeating: "0", count: max(0, 4 - digits.count)) + digits))
        writer.field("uid", .number(uid))
        writer.field("gid", .number(gid))
        writer.field("size", .number(size))
        writer.field("mtime", .time(modified))
        writer.field("ctime", .time(changed))
        writer.field("link_target", linkTarget.map { .raw($0) })
    }
}
