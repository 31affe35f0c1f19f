internal import Glibc

/// What there is to know of one file of a layer, whatever its type.
public struct FileFacts: Hashable, Sendable {
    public let kind: FileKind
    /// The twelve mode bits.
    public let mode: UInt32
    public let uid: UInt32
    public let gid: UInt32
    /// In bytes.
    public let size: UInt64
    /// When the content changed. Anyone who may write the file can set it.
    public let modified: Timestamp
    /// When the content or the metadata changed, as the kernel noted it.
    public let changed: Timestamp
    public let accessed: Timestamp
    public let identity: FileIdentity
    public let linkCount: UInt64
    /// Of a device, as `MAJOR:MINOR`.
    public let device: String?
    /// The text of a symbolic link, as data: it was not followed.
    public let linkTarget: RawText?
    /// Of a regular file.
    public var digest: FileDigest?
    public let capability: FileCapability?
    /// The others, without the overlay's own, by name.
    public let attributes: [ExtendedAttribute]
    /// Those that are too many, or could not be read.
    public let attributesOmitted: Int

    init(_ file: PinnedFile, _ marks: OverlayMarks) {
        let status = file.status
        kind = file.kind
        mode = UInt32(status.st_mode & 0o7777)
        uid = status.st_uid
        gid = status.st_gid
        size = UInt64(max(0, status.st_size))
        modified = Timestamp(status.st_mtim)
        changed = Timestamp(status.st_ctim)
        accessed = Timestamp(status.st_atim)
        identity = file.identity
        linkCount = UInt64(status.st_nlink)
        device =
            file.kind == .characterDevice || file.kind == .blockDevice ? Self.numbers(UInt64(status.st_rdev)) : nil
        linkTarget = file.linkTarget()
        let isCapability: (ExtendedAttribute) -> Bool = { $0.name == "security.capability" }
        capability = marks.others.first(where: isCapability).flatMap { FileCapability($0.value) }
        attributes = capability == nil ? marks.others : marks.others.filter { !isCapability($0) }
        attributesOmitted = marks.omitted
    }

    /// Source: glibc, sysdeps/unix/sysv/linux/makedev.c.
    private static func numbers(_ device: UInt64) -> String {
        let major = device >> 8 & 0xFFF | device >> 32 & 0xFFFF_F000
        let minor = device & 0xFF | device >> 12 & 0xFFFF_FF00
        return "\(major):\(minor)"
    }

    /// In what it differs from what was there before; the content is for who has both hashes.
    func differences(from original: FileFacts) -> [OverlayChange.Difference] {
        guard kind == original.kind else { return [.type] }
        var found: [OverlayChange.Difference] = []
        if linkTarget != original.linkTarget { found.append(.target) }
        if device != original.device { found.append(.device) }
        if mode != original.mode { found.append(.mode) }
        if uid != original.uid || gid != original.gid { found.append(.owner) }
        if capability != original.capability { found.append(.capability) }
        if attributes != original.attributes { found.append(.attributes) }
        // A directory's changes with what is in it, which has records of its own.
        if kind != .directory, modified != original.modified { found.append(.modified) }
        return found
    }
}

extension FileFacts {
    package static let names = [
        "type", "mode", "uid", "gid", "size", "mtime", "ctime", "atime", "inode", "device", "links", "rdev",
        "link_target", "setuid", "setgid", "sticky", "sha256", "sha256_note", "changed_while_read", "capability",
        "capability_raw", "xattrs", "xattrs_omitted",
    ]

    package func write(to writer: inout some FieldWriter, prefix: String) {
        func name(_ field: String) -> String { prefix + field }
        writer.field(name("type"), .text(kind.rawValue))
        let digits = String(mode, radix: 8)
        writer.field(name("mode"), .text(String(repeating: "0", count: max(0, 4 - digits.count)) + digits))
        writer.field(name("uid"), .number(uid))
        writer.field(name("gid"), .number(gid))
        writer.field(name("size"), .number(size))
        writer.field(name("mtime"), .time(modified))
        writer.field(name("ctime"), .time(changed))
        writer.field(name("atime"), .time(accessed))
        writer.field(name("inode"), .number(identity.inode))
        writer.field(name("device"), .number(identity.device))
        writer.field(name("links"), .number(linkCount))
        writer.field(name("rdev"), device.map { .text($0) })
        writer.field(name("link_target"), linkTarget.map { .raw($0) })
        writer.field(name("setuid"), mode & 0o4000 != 0 ? .flag(true) : nil)
        writer.field(name("setgid"), mode & 0o2000 != 0 ? .flag(true) : nil)
        writer.field(name("sticky"), mode & 0o1000 != 0 ? .flag(true) : nil)
        writer.field(name("sha256"), (digest?.sha256).map { .text($0) })
        writer.field(name("sha256_note"), (digest?.note).map { .text($0) })
        writer.field(name("changed_while_read"), digest?.changedWhileRead == true ? .flag(true) : nil)
        writer.field(name("capability"), capability.map { .records([Self.members($0)]) })
        writer.field(name("capability_raw"), capability.map { .text(Self.hexadecimal($0.raw.bytes)) })
        writer.field(
            name("xattrs"),
            attributes.isEmpty
                ? nil
                : .records(
                    attributes.map { [("name", .raw($0.name)), ("value", .raw($0.value)), ("size", .number($0.size))] })
        )
        writer.field(name("xattrs_omitted"), attributesOmitted > 0 ? .number(attributesOmitted) : nil)
    }

    private static func members(_ capability: FileCapability) -> [(String, FieldValue)] {
        var members: [(String, FieldValue)] = [
            ("permitted", .textList(capability.permitted.names)),
            ("inheritable", .textList(capability.inheritable.names)),
            ("effective", .flag(capability.isEffective)),
        ]
        if let root = capability.rootID { members.append(("root_uid", .number(root))) }
        return members
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        var digits: [UInt8] = []
        for byte in bytes { Hexadecimal.append(byte, to: &digits) }
        return String(decoding: digits, as: UTF8.self)
    }
}
