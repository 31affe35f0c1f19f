public import Patterns

/// Searches a file line by line, as it comes.
///
/// Whole lines of a piece are searched where they are. Held are the line that goes on in the next piece, and the lines that
/// may be context.
// why: it is handed from task to task, but only one at a time uses it.
public final class GrepVisitor: FileVisitor, @unchecked Sendable {
    /// A line that is longer is searched in pieces, and its beginning is shown. In bytes.
    public static let longestLine = 1 << 20
    /// What is looked at to see whether a file is binary, as GNU grep does it.
    private static let binaryBytes = 32 << 10

    private let pattern: LinePattern
    private let isText: Bool
    private var selection: GrepSelection
    private var isFirst = true
    /// The line that has no end yet.
    private var pending: [UInt8] = []
    private var long: LongLine?

    public init(_ pattern: LinePattern, _ options: GrepOptions, _ report: any GrepReport) {
        self.pattern = pattern
        isText = options.isText
        selection = GrepSelection(options, report)
    }

    public func take(_ piece: ArraySlice<UInt8>) throws {
        try pattern.withSearcher { searcher in
            try piece.withUnsafeBytes { try take($0, searcher) }
        }
        guard selection.isOver else { return }
        try selection.end(nil)
        throw EnoughOfFile()
    }

    public func end(_ problem: String?) throws {
        try pattern.withSearcher { searcher in
            if long != nil {
                try endLongLine(searcher)
            } else if !pending.isEmpty, !selection.isOver {
                try pending.withUnsafeBytes { try selection.search($0, searcher) }
            }
        }
        try selection.end(problem)
    }

    private func take(_ piece: UnsafeRawBufferPointer, _ searcher: LineSearcher) throws {
        if isFirst {
            isFirst = false
            selection.isBinary = !isText && piece.prefix(Self.binaryBytes).contains(0)
        }
        var start = 0
        if long != nil || !pending.isEmpty {
            let end = piece.lineEnd(from: 0)
            start = end.map { $0 + 1 } ?? piece.count
            try goOn(UnsafeRawBufferPointer(rebasing: piece[..<start]), searcher)
            if end == nil { return }
            try endLine(searcher)
        }
        guard !selection.isOver else { return }
        let end = (piece.lastLineEnd(before: piece.count) ?? -1) + 1
        if start < end { try selection.search(UnsafeRawBufferPointer(rebasing: piece[start..<end]), searcher) }
        guard !selection.isOver else { return }
        try goOn(UnsafeRawBufferPointer(rebasing: piece[max(start, end)...]), searcher)
    }

    /// More of the line that has no end yet.
    private func goOn(_ text: UnsafeRawBufferPointer, _ searcher: LineSearcher) throws {
        var rest = text[...]
        while !rest.isEmpty {
            if long != nil {
                let part = rest.prefix(Self.longestLine)
                rest = rest.dropFirst(part.count)
                long?.search(UnsafeRawBufferPointer(rebasing: part), searcher)
            } else {
                let room = rest.prefix(Self.longestLine - pending.count)
                pending += room
                rest = rest.dropFirst(room.count)
                guard pending.count == Self.longestLine, pending.last != 0x0A else { continue }
                var long = LongLine()
                pending.withUnsafeBytes { long.search($0, searcher) }
                self.long = long
                pending = []
            }
        }
    }

    /// The line that had no end has one.
    private func endLine(_ searcher: LineSearcher) throws {
        if long != nil { return try endLongLine(searcher) }
        try pending.withUnsafeBytes { try selection.search($0, searcher) }
        pending.removeAll(keepingCapacity: true)
    }

    private func endLongLine(_ searcher: LineSearcher) throws {
        guard let line = long.take() else { return }
        try selection.take(line, searcher)
    }
}

/// A line that is too long to be held, as it goes by.
struct LongLine {
    /// What is kept of it: of its first part that matches, else of its beginning.
    private(set) var head: [UInt8] = []
    /// How it begins: with a time, perhaps.
    private(set) var start: [UInt8] = []
    private(set) var matches = false
    private(set) var isTooCostly = false
    /// In bytes, with its LF.
    private(set) var length = 0

    private static let keptBytes = 4 << 10

    mutating func search(_ part: UnsafeRawBufferPointer, _ searcher: LineSearcher) {
        length += part.count
        if head.isEmpty {
            head = Array(part.prefix(Self.keptBytes))
            start = Array(part.prefix(40))
        }
        guard !matches else { return }
        searcher.lines(in: part) { found in
            switch found {
            case .line(_, let match):
                // Something of what stands before it, for whoever reads it.
                let start = max(0, match.lowerBound - Self.keptBytes / 4)
                head = Array(part[start..<min(part.count, start + Self.keptBytes)])
                matches = true
            case .tooCostly: isTooCostly = true
            }
            return false
        }
        if head.last == 0x0A { head.removeLast() }
    }
}
