/// Why a pattern cannot be used.
public struct PatternError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The pattern as it was given.
    public let pattern: String
    public let reason: String
    /// Where in the pattern, in bytes; nil when it is about no place in it.
    public let offset: Int?

    public var description: String {
        let place = offset.map { ", at byte \($0)" } ?? ""
        return "the pattern '\(pattern)' cannot be used\(place): \(reason)"
    }
}
