/// Why a bundle takes nothing more but what the seal needs.
public enum RoomEnd: Sendable, Hashable {
    /// The disk, the quota or the limit of file sizes.
    case diskFull
    /// ``BundleWriter/Options/maxBytes``.
    case maxSize

    /// The code of a ledger line's reason.
    public var reasonCode: String {
        switch self {
        case .diskFull: "DiskFull"
        case .maxSize: "MaxSize"
        }
    }

    /// What it is, as the end of a sentence.
    public var words: String {
        switch self {
        case .diskFull: "the disk is full but for what the seal needs"
        case .maxSize: "the bundle has reached the size it may have"
        }
    }

    var advice: String {
        switch self {
        case .diskFull: "free space and capture again"
        case .maxSize: "allow more, or capture less"
        }
    }
}
