public import Cryptography

/// The hash of `seal.sha256`: the name of this very seal, printed at the end of a capture and put into the ticket.
public struct SealID: Hashable, Sendable, CustomStringConvertible {
    public let digest: SHA256Digest

    public init(_ digest: SHA256Digest) {
        self.digest = digest
    }

    /// Reads 64 hex digits; upper case, and white space around them, are forgiven, since people paste it.
    public init?(_ text: some StringProtocol) {
        let scalars = text.unicodeScalars
        let head = scalars.drop { $0.properties.isWhitespace }
        let trimmed = head.reversed().drop { $0.properties.isWhitespace }.reversed()
        let lowered = trimmed.map { $0.isASCII ? UInt8($0.value) | ($0.properties.isUppercase ? 0x20 : 0) : 0 }
        guard let digest = SHA256Digest(hex: lowered) else { return nil }
        self.digest = digest
    }

    /// 64 lower-case hex digits.
    public var description: String { digest.hex }
}
