internal import Patterns

/// Takes what was found in one file.
public protocol GrepReport: AnyObject, Sendable {
    /// A line, lent.
    func line(_ line: GrepLine) throws

    /// The file is over. Called once.
    func end(_ result: GrepResult) throws
}

/// A line of a file, lent for the length of a call.
public struct GrepLine {
    /// Without its LF.
    public let text: UnsafeRawBufferPointer
    /// From 1; 0 when lines are not numbered.
    public let number: UInt64
    /// Whether it was selected, rather than standing beside one that was.
    public let isSelected: Bool
    /// Whether lines are left out between the one handed out before and this.
    public let followsGap: Bool
    /// Whether it is the beginning of a line that is too long to be held.
    public let isCut: Bool

    let searcher: LineSearcher

    /// Hands out where the pattern matches in it.
    public func matches(_ body: (Range<Int>) -> Void) {
        searcher.matches(in: text, body)
    }
}

/// What became of the search in a file.
public struct GrepResult: Hashable, Sendable {
    /// Lines that were selected.
    public internal(set) var selected: UInt64 = 0
    /// Something was selected in a binary file, whose lines are not shown.
    public internal(set) var isBinary = false
    /// Lines longer than ``GrepVisitor/longestLine``, which were searched in pieces: a match across a cut is not found.
    public internal(set) var longLines = 0
    /// Lines that were given up, as the pattern takes too long on them.
    public internal(set) var tooCostly = 0
    /// Whether the rest of the file was not searched, as that happened too often.
    public internal(set) var isGivenUp = false
    /// Lines that match but begin with no time, so that it is not known whether they are wanted.
    public internal(set) var untimed: UInt64 = 0
    /// Why what was searched is not the file as it was captured; nil when it is, or when the end was not read.
    public internal(set) var problem: String?

    /// Everything was searched that there is.
    public var isWhole: Bool { longLines == 0 && tooCostly == 0 && problem == nil }
}
