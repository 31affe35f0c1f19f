/// Which entries someone means: a path, a folder, or a pattern with `*`, `?` (within one name) and `**` (across names).
///
/// Whatever matches a folder means everything in it. `data/` in front may be left out. The paths of a bundle have neither `*` nor `?`.
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

    /// Matches with one place to go back to for `*` and one for `**`, so the time is bounded by length × length.
    private static func glob(_ pattern: [UInt8], _ path: [UInt8]) -> Bool {
        let slash = UInt8(ascii: "/")
        let star = UInt8(ascii: "*")
        var states = Set(closure([0], pattern))
        for byte in path {
            // The pattern is used up at the end of a name: the rest is inside.
            if byte == slash, states.contains(pattern.count) { return true }
            var next: Set<Int> = []
            for state in states where state < pattern.count {
                if pattern[state] == star {
                    let isDouble = state + 1 < pattern.count && pattern[state + 1] == star
                    if isDouble || byte != slash { next.insert(state) }
                } else if pattern[state] == byte || (pattern[state] == UInt8(ascii: "?") && byte != slash) {
                    next.insert(state + 1)
                }
            }
            states = Set(closure(next, pattern))
            if states.isEmpty { return false }
        }
        return states.contains(pattern.count)
    }

    /// States that are reached without a byte: a star may match nothing.
    private static func closure(_ states: Set<Int>, _ pattern: [UInt8]) -> [Int] {
        let star = UInt8(ascii: "*")
        var result = Array(states)
        var index = 0
        while index < result.count {
            let state = result[index]
            index += 1
            guard state < pattern.count, pattern[state] == star else { continue }
            let isDouble = state + 1 < pattern.count && pattern[state + 1] == star
            result.append(state + (isDouble ? 2 : 1))
        }
        return result
    }
}
