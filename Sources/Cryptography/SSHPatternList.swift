/// A comma-separated list of patterns with `*` and `?`, each negated by a leading `!` (ssh_config(5), PATTERNS). Bytes
/// are compared, case counts.
struct SSHPatternList: Hashable, Sendable {
    /// As it was written.
    let text: String

    private let patterns: [Pattern]

    private struct Pattern: Hashable {
        let isNegated: Bool
        let bytes: [UInt8]
    }

    /// OpenSSH lets a whole list match nothing when one of its patterns is longer; so must we, or lists would differ in
    /// meaning.
    private static let longestPattern = 1022

    init(_ bytes: some Collection<UInt8>) {
        text = String(decoding: bytes, as: UTF8.self)
        let patterns = bytes.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: true).map { part in
            let isNegated = part.first == UInt8(ascii: "!")
            return Pattern(isNegated: isNegated, bytes: Array(isNegated ? part.dropFirst() : part))
        }
        self.patterns = patterns.allSatisfy { $0.bytes.count <= Self.longestPattern } ? patterns : []
    }

    /// The single patterns, as `ssh-keygen -Y find-principals` lists them.
    var parts: [String] {
        text.split(separator: ",").map(String.init)
    }

    /// True if a pattern matches and no negated one does.
    func matches(_ name: String) -> Bool {
        let name = Array(name.utf8)
        var found = false
        for pattern in patterns where Self.matches(name, pattern.bytes) {
            if pattern.isNegated { return false }
            found = true
        }
        return found
    }

    /// Matches with one point of return, the last `*`: earlier ones need no second try, so the work is at most the
    /// product of the lengths, where plain recursion would be exponential.
    private static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        var position = 0
        var index = 0
        var star: (index: Int, position: Int)?
        while position < name.count {
            if index < pattern.count, pattern[index] == UInt8(ascii: "*") {
                star = (index, position)
                index += 1
            } else if index < pattern.count, pattern[index] == UInt8(ascii: "?") || pattern[index] == name[position] {
                index += 1
                position += 1
            } else if let last = star {
                star = (last.index, last.position + 1)
                index = last.index + 1
                position = last.position + 1
            } else {
                return false
            }
        }
        return pattern[index...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
