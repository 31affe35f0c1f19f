/// What is sent to a time stamp authority (RFC 3161 section 2.4.1): the SHA-256 of some bytes, a nonce, and the wish for
/// the authority's certificates. `openssl ts -query -sha256 -cert` makes the same.
public struct TimestampRequest: Hashable, Sendable {
    /// The hash of the bytes whose time is to be proved.
    public let imprint: SHA256Digest
    /// What the answer must repeat: the content of a positive INTEGER.
    let nonce: [UInt8]

    /// For HTTP (RFC 3161 section 3.4): how a request is sent, and what the answer is.
    public static let mediaType = "application/timestamp-query"
    public static let responseMediaType = "application/timestamp-reply"

    /// A request about `bytes`, with a random nonce of 62 bits.
    public init(over bytes: [UInt8]) throws(CryptographyError) {
        var nonce = try SecureRandom.bytes(8)
        // Positive, and always of the same length: some authorities take no more than 64 bits.
        nonce[0] = nonce[0] & 0x3F | 0x40
        self.init(imprint: SHA256.digest(of: bytes), nonce: nonce)
    }

    init(imprint: SHA256Digest, nonce: [UInt8]) {
        self.imprint = imprint
        self.nonce = nonce
    }

    /// Its DER: the body of the HTTP request.
    public var encoded: [UInt8] {
        let algorithm = DER.element(DER.sequence, ObjectIdentifier.sha256.encoded, DER.element(DER.null))
        return DER.element(
            DER.sequence,
            DER.element(DER.integer, [1]),
            DER.element(DER.sequence, algorithm, DER.element(DER.octetString, imprint.bytes)),
            DER.element(DER.integer, nonce),
            DER.element(DER.boolean, [0xFF]))
    }
}
