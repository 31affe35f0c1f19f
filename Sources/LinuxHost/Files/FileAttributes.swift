internal import CLinux
internal import Glibc

/// What statx(2) says of an open file.
public struct FileAttributes: Hashable, Sendable {
    public let identity: FileIdentity
    public let kind: FileKind
    /// Permission bits with set-user-ID, set-group-ID and sticky: 0 to 0o7777.
    public let mode: UInt16
    public let uid: UInt32
    public let gid: UInt32
    /// Bytes.
    public let size: UInt64
    /// Names that lead to it: 0 when it is deleted.
    public let links: UInt32
    /// When its content, and its content or attributes, were last changed. Whoever may write it can set the first.
    public let modified: Timestamp
    public let changed: Timestamp
    /// When it was made; nil where the file system does not keep that.
    public let born: Timestamp?
    /// The mount it was reached through; nil before Linux 5.8.
    public let mount: UInt64?

    /// Asks for what is open; also of a descriptor of `O_PATH`. A file system whose server is gone may never answer.
    package init(of descriptor: borrowing OwnedDescriptor, path: RawText, pid: Int32?) throws(HostError) {
        var answer = statx()
        // STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID.
        guard exhibit_statx(descriptor.rawValue, 0x7FF | 0x800 | 0x1000, &answer) == 0 else {
            throw HostError(errno: errno, "stat", path, pid: pid)
        }
        identity = FileIdentity(
            // As makedev(3) puts them together, and as `st_dev` has it.
            device: UInt64(answer.stx_dev_major & 0xFFF) << 8 | UInt64(answer.stx_dev_minor & 0xFF)
                | UInt64(answer.stx_dev_minor & ~0xFF) << 12 | UInt64(answer.stx_dev_major & ~0xFFF) << 32,
            inode: answer.stx_ino)
        kind = FileKind(mode: mode_t(answer.stx_mode))
        mode = answer.stx_mode & 0o7777
        uid = answer.stx_uid
        gid = answer.stx_gid
        size = answer.stx_size
        links = answer.stx_nlink
        modified = Timestamp(answer.stx_mtime)
        changed = Timestamp(answer.stx_ctime)
        born = answer.stx_mask & 0x800 == 0 ? nil : Timestamp(answer.stx_btime)
        mount = answer.stx_mask & 0x1000 == 0 ? nil : answer.stx_mnt_id
    }

    /// `major:minor`, as mountinfo has it.
    public var device: String {
        let number = identity.device
        let major = number >> 8 & 0xFFF | number >> 32 & ~0xFFF
        let minor = number & 0xFF | number >> 12 & ~0xFF
        return "\(major & 0xFFFF_FFFF):\(minor & 0xFFFF_FFFF)"
    }

    /// Whether it is still the same file with the same content, as far as the kernel's times tell.
    package func isSameContent(as other: FileAttributes) -> Bool {
        identity == other.identity && size == other.size && modified == other.modified && changed == other.changed
    }
}

extension Timestamp {
    fileprivate init(_ time: statx_timestamp) {
        self.init(seconds: time.tv_sec, nanoseconds: time.tv_nsec)
    }
}
