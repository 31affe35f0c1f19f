public import Rows

/// Which lines a search selects, and what it wants to know of them. Words are those of grep(1).
public struct GrepOptions: Hashable, Sendable {
    public enum Want: Hashable, Sendable {
        case lines
        /// `-c`: how many there are.
        case count
        /// `-l`, `-L`: whether there is one.
        case existence
    }

    public var want = Want.lines
    /// `-v`
    public var isInverted = false
    /// `-m`: no more lines than that of a file.
    public var mostLines = UInt64.max
    /// `-B`, `-A`: lines that are shown around those that were selected.
    public var before = 0
    public var after = 0
    /// `-n`: whether lines are numbered.
    public var hasNumbers = false
    /// `--text`: files that are binary are searched like others.
    public var isText = false
    /// Only lines that begin with a time from then on, and up to then.
    public var since: RowTime?
    public var until: RowTime?

    public init() {}

    var hasTimes: Bool { since != nil || until != nil }
}
