/// The id of a bundle: 32 lower-case hex digits, random.
public struct BundleID: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    /// Nil unless it is 32 lower-case hex digits.
    public init?(_ text: String) {
        guard HexText.isLowerHex(text, count: 32) else { return nil }
        rawValue = text
    }

    /// An id of 128 random bits.
    public init(using generator: inout some RandomNumberGenerator) {
        rawValue = HexText.encode((0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }

    public static func random() -> BundleID {
        var generator = SystemRandomNumberGenerator()
        return BundleID(using: &generator)
    }

    public var description: String { rawValue }
}
