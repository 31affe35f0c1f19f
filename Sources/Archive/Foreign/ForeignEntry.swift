/// What the header of an entry of somebody else's archive says. All of it is hostile.
public struct ForeignEntry: Sendable, Hashable {
    /// As it stands there. Nothing has been looked at; see ``ForeignPath``.
    public let path: [UInt8]
    public let kind: Kind
    /// In bytes, as the header says.
    public let size: UInt64

    /// What an entry is.
    public enum Kind: Sendable, Hashable {
        case file
        case folder
        /// A symbolic link, and what it says.
        case symbolicLink([UInt8])
        /// Another name of an earlier entry.
        case hardLink([UInt8])
        /// A device, FIFO, socket or what else there is, in words.
        case special(String)
        /// A file whose content is not to be had, and why.
        case unreadable(String)
    }

    public init(path: [UInt8], kind: Kind, size: UInt64) {
        self.path = path
        self.kind = kind
        self.size = size
    }
}
