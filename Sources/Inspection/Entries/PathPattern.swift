/// Which entries someone means: a path, a folder, or a pattern with `*`, `?` (within one name) and `**` (across names).
///
/// Whatever matches a folder means everything in it. `data/` in front may be left out. The paths of a bundle have
/// neither `*` nor `?`.
public struct PathPattern: Hashable, Sendable {
    private let alternatives: [[UInt8]]
    private let isGlob: Bool

    public init(_ text: String) {
        var path = text[...]
        while path.hasPrefix("./") { path = path.dropFirst(2) }
        while path.hasPrefix("/") { path = path.dropFirst() }
        while path.hasSuffix("/") { path = path.dropLast() }
        isGlob = path.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
        alternatives = [Array(path.utf8), Array("data/\(path)".utf8)]
    }

    public func matches(_ path: String) -> Bool {
        let bytes = Array(path.utf8)
        return alternatives.contains { isGlob ? Self.glob($0, bytes) : Self.isInside(bytes, $0) }
    }

    private static func isInside(_ path: [UInt8], _ folder: [UInt8]) -> Bool {
        guard path.starts(with: folder) else { return false }
        return folder.isEmpty || path.count == folder.count || path[folder.count] == UInt8(ascii: "/")
    }

    /// Follows all ways through the pattern at once, so the time is at most length × length.
    private static func glob(_ pattern: [UInt8], _ path: [UInt8]) -> Bool {
        let slash = UInt8(ascii: "/")
        var states = [Bool](repeating: false, count: pattern.count + 1)
        states[0] = true
        passStars(pattern, &states)
        for byte in path {
            // The pattern is used up at the end of a name: the rest is inside.
            if byte == slash, states[pattern.count] { return true }
            var next = [Bool](repeating: false, count: pattern.count + 1)
            for state in pattern.indices where states[state] {
                if isStar(pattern, state) {
                    if byte != slash || isStar(pattern, state + 1) { next[state] = true }
                } else if pattern[state] == byte || (pattern[state] == UInt8(ascii: "?") && byte != slash) {
                    next[state + 1] = true
                }
            }
            states = next
            passStars(pattern, &states)
        }
        return states[pattern.count]
    }

    /// A star may match nothing.
    private static func passStars(_ pattern: [UInt8], _ states: inout [Bool]) {
        for state in pattern.indices where states[state] && isStar(pattern, state) {
            states[state + (isStar(pattern, state + 1) ? 2 : 1)] = true
        }
    }

    private static func isStar(_ pattern: [UInt8], _ index: Int) -> Bool {
        index < pattern.count && pattern[index] == UInt8(ascii: "*")
    }
}
