/// The capabilities that a file gives to who runs it: the attribute `security.capability` (capabilities(7), "File capabilities").
public struct FileCapability: Hashable, Sendable {
    public let permitted: CapabilitySet
    public let inheritable: CapabilitySet
    /// Whether they are effective at once.
    public let isEffective: Bool
    /// The user that is root in the user namespace for which alone they hold; nil where they hold everywhere.
    public let rootID: UInt32?
    /// The attribute as it is.
    public let raw: RawText

    /// Reads `struct vfs_cap_data` or `vfs_ns_cap_data` (include/uapi/linux/capability.h); nil for anything else.
    public init?(_ raw: RawText) {
        func word(_ index: Int) -> UInt64? {
            let start = index * 4
            guard start + 4 <= raw.bytes.count else { return nil }
            return raw.bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        guard let head = word(0) else { return nil }
        // VFS_CAP_REVISION_1 to 3: one or two words of each set, then the user.
        let (words, count): (Int, Int)
        switch head >> 24 {
        case 1: (words, count) = (1, 12)
        case 2: (words, count) = (2, 20)
        case 3: (words, count) = (2, 24)
        default: return nil
        }
        guard raw.bytes.count == count, let first = word(1), let second = word(2) else { return nil }
        permitted = CapabilitySet(mask: first | (words == 2 ? (word(3) ?? 0) << 32 : 0))
        inheritable = CapabilitySet(mask: second | (words == 2 ? (word(4) ?? 0) << 32 : 0))
        isEffective = head & 1 == 1
        rootID = count == 24 ? word(5).map { UInt32(truncatingIfNeeded: $0) } : nil
        self.raw = raw
    }
}
