/// A file whose content or metadata changed within a window of time.
public struct ChangedFile: Hashable, Sendable {
    /// Its path, under the root that was given.
    public let path: RawText
    public let kind: FileKind
    /// The twelve mode bits.
    public let mode: UInt32
    public let uid: UInt32
    public let gid: UInt32
    /// In bytes.
    public let size: UInt64
    public let identity: FileIdentity
    public let linkCount: UInt64
    /// When the content changed. Anyone who may write the file can set it.
    public let modified: Timestamp
    /// When the content or the metadata changed, as the kernel noted it: only by setting the clock can it be forged.
    public let changed: Timestamp
    public let accessed: Timestamp
    /// Which of the two lies in the window.
    public let modifiedInWindow: Bool
    public let changedInWindow: Bool
    /// The text of a symbolic link, as data: it was not followed.
    public let linkTarget: RawText?

    /// Whether it runs with its owner's rights.
    public var isSetUserID: Bool { kind == .regular && mode & 0o4000 != 0 }
    /// Whether it runs with its group's rights.
    public var isSetGroupID: Bool { kind == .regular && mode & 0o2000 != 0 }
}

extension ChangedFile: FieldRecord {
    public static let fieldNames = [
        "path", "type", "mode", "uid", "gid", "size", "mtime", "ctime", "atime", "matched", "setuid", "setgid", "inode",
        "device", "links", "link_target",
    ]

    package func write(to writer: inout some FieldWriter) {
        writer.field("path", .raw(path))
        writer.field("type", .text(kind.rawValue))
        let digits = String(mode, radix: 8)
        writer.field("mode", .text(String(repeating: "0", count: max(0, 4 - digits.count)) + digits))
        writer.field("uid", .number(uid))
        writer.field("gid", .number(gid))
        writer.field("size", .number(size))
        writer.field("mtime", .time(modified))
        writer.field("ctime", .time(changed))
        writer.field("atime", .time(accessed))
        writer.field(
            "matched", .textList((modifiedInWindow ? ["mtime"] : []) + (changedInWindow ? ["ctime"] : [])))
        writer.field("setuid", isSetUserID ? .flag(true) : nil)
        writer.field("setgid", isSetGroupID ? .flag(true) : nil)
        writer.field("inode", .number(identity.inode))
        writer.field("device", .number(identity.device))
        writer.field("links", .number(linkCount))
        writer.field("link_target", linkTarget.map { .raw($0) })
    }
}

/// A file that was just found: valid only within the call it is passed to.
public struct FoundFile: ~Copyable {
    /// What was found.
    public let file: ChangedFile
    private let directory: Int32
    private let name: RawText

    package init(file: ChangedFile, directory: Int32, name: RawText) {
        self.file = file
        self.directory = directory
        self.name = name
    }

    /// Opens it for reading, if it is a regular file and still the one that was found. The open never blocks, follows
    /// no link and touches no FIFO or device.
    public func open() throws(HostError) -> OwnedDescriptor {
        try RegularFile.open(
            name.bytes, in: directory, path: file.path, pid: nil, expecting: file.identity)
    }
}
