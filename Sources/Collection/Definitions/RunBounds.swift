internal import Bundle

/// What a run may be told to keep to, by the flags of `collect` and by a profile alike.
public enum RunBounds {
    /// `--deadline`, `--since`: a second at least, as nothing is captured in less. Nil for anything else.
    public static func duration(_ text: String) -> Duration? {
        UnitNotation.duration(text).flatMap { $0 >= .seconds(1) ? $0 : nil }
    }

    /// `--max-size`: at least what a bundle needs that holds nothing, in bytes. Nil for anything else.
    public static func size(_ text: String) -> UInt64? {
        UnitNotation.bytes(text).flatMap { $0 >= BundleWriter.leastMaxBytes ? $0 : nil }
    }

    /// `--tail`: a line at least.
    public static let lines = 1...Int.max

    /// What a duration, a size must be.
    public static let durationWords = "a duration of at least a second, as 90s, 30m, 2h or 7d"
    public static let sizeWords = "a size of at least \(BundleWriter.leastMaxBytes >> 20) MiB, as 500MiB or 2GiB"
}
