/// A mount, as a line of `/proc/<pid>/mountinfo` tells it (proc_pid_mountinfo(5)).
public struct Mount: Hashable, Sendable {
    public let id: UInt64
    public let parentID: UInt64
    /// The device's numbers.
    public let major: UInt32
    public let minor: UInt32
    /// The directory of the file system that is the mount's root.
    public let root: RawText
    /// Where it is mounted, from the reader's root.
    public let mountPoint: RawText
    /// The mount's options.
    public let options: RawText
    /// Propagation: `shared:N`, `master:N`, `propagate_from:N`, `unbindable`.
    public let propagation: [String]
    /// The file system's type.
    public let type: String
    /// What is mounted: a device, `host:/path`, or any text.
    public let source: RawText
    /// The file system's own options, as of the superblock, with the kernel's octal escapes in them: a comma that belongs to a
    /// value is one of these, so they are split before they are read.
    public let escapedSuperOptions: RawText

    /// The same as one text.
    public var superOptions: RawText { MountTable.unescape(escapedSuperOptions.bytes[...]) }

    /// Whether another machine or a user's program answers for this file system, so that looking at it can hang.
    public var isRemote: Bool {
        if type == "fuse" || type.hasPrefix("fuse.") { return true }
        let remote: Set<String> = [
            "9p", "acfs", "afs", "autofs", "beegfs", "ceph", "cifs", "coda", "gfs2", "glusterfs", "gpfs", "kafs",
            "lustre",
            "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "smb3", "smbfs", "virtiofs", "vboxsf",
        ]
        return remote.contains(type)
    }
}

/// The mounts of a process.
public struct MountTable: Hashable, Sendable {
    /// In the kernel's order.
    public private(set) var mounts: [Mount] = []
    /// Lines that were not understood.
    public private(set) var unparsedLines = 0
    /// Whether there are more than `limit`.
    public private(set) var isTruncated = false

    /// Reads the text of `mountinfo`, from here or from a container.
    public static func parse(_ bytes: [UInt8], limit: Int = 100_000) -> MountTable {
        var table = MountTable()
        for line in bytes.split(separator: 0x0A) {
            guard table.mounts.count < limit else {
                table.isTruncated = true
                break
            }
            if let mount = parse(line: Array(line)) {
                table.mounts.append(mount)
            } else {
                table.unparsedLines += 1
            }
        }
        return table
    }

    /// `id parent major:minor root mountpoint options [optional fields…] - type source superoptions`
    private static func parse(line: [UInt8]) -> Mount? {
        let span = line.span
        var cursor = FieldCursor(0..<line.count)
        guard let id = cursor.decimalField(span), let parent = cursor.decimalField(span) else { return nil }
        cursor.skipBlanks(span)
        guard let major = cursor.decimal(span).flatMap(UInt32.init(exactly:)), cursor.take(UInt8(ascii: ":"), span),
            let minor = cursor.decimal(span).flatMap(UInt32.init(exactly:)),
            let root = cursor.field(span), let point = cursor.field(span), let options = cursor.field(span)
        else { return nil }
        var propagation: [String] = []
        while true {
            guard let field = cursor.field(span) else { return nil }
            if line[field].elementsEqual("-".utf8) { break }
            propagation.append(String(decoding: line[field], as: UTF8.self))
        }
        guard let type = cursor.field(span), let source = cursor.field(span) else { return nil }
        let superOptions = cursor.field(span)
        return Mount(
            id: id, parentID: parent, major: major, minor: minor, root: unescape(line[root]),
            mountPoint: unescape(line[point]), options: unescape(line[options]), propagation: propagation,
            type: String(decoding: line[type], as: UTF8.self), source: unescape(line[source]),
            escapedSuperOptions: superOptions.map { RawText(Array(line[$0])) } ?? "")
    }

    /// Undoes `seq_escape`: a backslash and three octal digits are a byte; anything else is itself.
    package static func unescape(_ bytes: ArraySlice<UInt8>) -> RawText {
        guard bytes.contains(UInt8(ascii: "\\")) else { return RawText(Array(bytes)) }
        var output: [UInt8] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if bytes[index] == UInt8(ascii: "\\"), bytes.endIndex - index >= 4 {
                let digits = bytes[index + 1..<index + 4].map { Int($0) - 0x30 }
                let value = digits[0] * 64 + digits[1] * 8 + digits[2]
                if digits.allSatisfy({ (0...7).contains($0) }), value < 256 {
                    output.append(UInt8(value))
                    index += 4
                    continue
                }
            }
            output.append(bytes[index])
            index += 1
        }
        return RawText(output)
    }
}
