internal import Cryptography

/// What whoever may ask has to show: 256 random bits of this run.
public struct RunToken: Sendable {
    /// In hex: nothing in it has to be quoted anywhere.
    public let text: String

    /// - Throws: `CryptographyError` when there is no randomness.
    public init() throws {
        let digits = Array("0123456789abcdef".utf8)
        let bytes = try SecureRandom.bytes(32).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        text = String(decoding: bytes, as: UTF8.self)
    }

    /// Whether a header `Authorization` shows it, in a time that does not say how much of it is right.
    func isShown(by authorization: String?) -> Bool {
        guard let authorization else { return false }
        let parts = authorization.utf8.split(separator: 0x20, maxSplits: 1)
        guard parts.count == 2, String(parts[0])?.lowercased() == "bearer" else { return false }
        return ConstantTime.areEqual(Array(parts[1]), Array(text.utf8))
    }
}
