/// A passphrase, held once and wiped, and the stanza that it makes (C2SP age, "The scrypt recipient type").
final class AgePassphrase: Sendable {
    static let saltSize = 16
    /// A work factor beyond it takes more than 4 GiB of memory.
    static let largestWorkFactor = 22

    private static let label = Array("age-encryption.org/v1/scrypt".utf8)
    private let secret: SecretBytes

    init(_ passphrase: [UInt8]) throws(CryptographyError) {
        guard !passphrase.isEmpty, passphrase.count <= 64 << 10 else {
            throw CryptographyError(
                code: .malformed, doing: "taking a passphrase",
                reason: passphrase.isEmpty ? "it is empty" : "it has \(passphrase.count) bytes")
        }
        secret = passphrase.span.bytes.withUnsafeBytes { SecretBytes(copying: $0) }
    }

    static func checked(workFactor: Int) throws(CryptographyError) -> Int {
        guard (1...largestWorkFactor).contains(workFactor) else {
            throw CryptographyError(
                code: .workFactor, doing: "taking a passphrase",
                reason: "a work factor of \(workFactor) is not between 1 and \(largestWorkFactor)")
        }
        return workFactor
    }

    func stanza(_ fileKey: borrowing AgeFileKey, workFactor: Int) throws(CryptographyError) -> AgeStanza {
        let salt = try SecureRandom.bytes(Self.saltSize)
        let key = try KeyDerivation.scrypt(secret, salt: Self.label + salt, workFactor: workFactor)
        return AgeStanza(
            .passphrase, [String(decoding: Base64.encodeUnpadded(salt), as: UTF8.self), "\(workFactor)"],
            body: try fileKey.wrapped(by: key))
    }

    /// The file key; nil if the stanza is of another kind or passphrase.
    func unwrap(_ stanza: AgeStanza, maximumWorkFactor: Int) throws(CryptographyError) -> AgeFileKey? {
        guard stanza.kind == .passphrase, let salt = stanza.salt, let workFactor = stanza.workFactor else { return nil }
        guard (1...maximumWorkFactor).contains(workFactor) else {
            throw CryptographyError(
                code: .workFactor, doing: "opening an age file",
                reason: "the work factor of its passphrase is \(workFactor), and the limit is \(maximumWorkFactor): "
                    + "each step above doubles memory and time",
                advice: "if you trust where it comes from, decrypt it with: age -d")
        }
        let key = try KeyDerivation.scrypt(secret, salt: Self.label + salt, workFactor: workFactor)
        return try AgeFileKey.unwrap(stanza.body, by: key)
    }
}
