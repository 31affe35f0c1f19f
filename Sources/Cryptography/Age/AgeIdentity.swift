internal import COpenSSL

/// What opens an age file: a private key, or a passphrase. Copies share one piece of memory, which is wiped with the
/// last of them. Several threads may use it at the same time.
public struct AgeIdentity: Sendable {
    enum Kind: Sendable {
        case x25519(PrivateHalf)
        case sshEd25519(PrivateHalf, SSHPublicKey)
        case passphrase(AgePassphrase, maximumWorkFactor: Int)
        case writer(WriterHalf)
    }

    /// Keeps the key of one file.
    final class WriterHalf: Sendable {
        let fileKey: AgeFileKey

        init(_ fileKey: consuming AgeFileKey) {
            self.fileKey = fileKey
        }
    }

    /// Keeps an X25519 key. OpenSSL wipes it.
    final class PrivateHalf: Sendable {
        let key: KeyHandle
        let point: [UInt8]

        init(_ key: consuming KeyHandle) throws(CryptographyError) {
            point = try X25519.point(of: key)
            self.key = key
        }
    }

    let kind: Kind

    static let reading = "reading an age identity"
    static let prefix = "AGE-SECRET-KEY-"

    /// Makes an X25519 key.
    public static func generate() throws(CryptographyError) -> AgeIdentity {
        AgeIdentity(kind: .x25519(try PrivateHalf(try X25519.generate())))
    }

    init(kind: Kind) {
        self.kind = kind
    }

    /// Reads `AGE-SECRET-KEY-1…`. The caller's copy is the caller's to wipe; errors never quote it.
    ///
    /// Throws `unsupportedAlgorithm` for identities of age's plug-ins and post-quantum ones, `malformed` for the rest.
    public init(parsing text: [UInt8], subject: String = "") throws(CryptographyError) {
        kind = try text.span.bytes.withUnsafeBytes { text throws(CryptographyError) in
            try Self.parse(text, subject: subject)
        }.kind
    }

    /// An Ed25519 key of SSH as an identity. Other kinds cannot be one.
    public init(sshKey: borrowing SSHPrivateKey, subject: String = "") throws(CryptographyError) {
        guard case .ed25519 = sshKey.publicKey.material else {
            throw CryptographyError(
                code: .unsupportedAlgorithm, doing: Self.reading, subject: subject,
                reason: "nothing is encrypted to keys of type \(sshKey.publicKey.algorithm.rawValue) here",
                advice: "use an ssh-ed25519 key, or one made with: age-keygen")
        }
        let seed = try X25519.scalar(of: sshKey.handle)
        var hash = SecretBytes(count: Int(SHA512_DIGEST_LENGTH))
        // With an output buffer given, it always returns that.
        seed.withBytes { seed in
            hash.withMutableBytes { hash in
                _ = COpenSSL.SHA512(
                    seed.assumingMemoryBound(to: UInt8.self).baseAddress, seed.count,
                    hash.assumingMemoryBound(to: UInt8.self).baseAddress)
            }
        }
        // The half of the hash that Ed25519 takes as its scalar (RFC 8032 section 5.1.5).
        let half = try hash.withBytes { hash throws(CryptographyError) in
            try PrivateHalf(try X25519.key(scalar: UnsafeRawBufferPointer(rebasing: hash[..<X25519.size])))
        }
        kind = .sshEd25519(half, sshKey.publicKey)
    }

    /// A passphrase. The caller's copy is the caller's to wipe.
    ///
    /// Files whose work factor is above `maximumWorkFactor`, at most 22, are refused: opening one takes 2 to that power
    /// KiB of memory. The default allows 1 GiB and a few seconds; age writes 18.
    public static func passphrase(
        _ passphrase: [UInt8], maximumWorkFactor: Int = 20
    ) throws(CryptographyError) -> AgeIdentity {
        let maximum = try AgePassphrase.checked(workFactor: maximumWorkFactor)
        return AgeIdentity(kind: .passphrase(try AgePassphrase(passphrase), maximumWorkFactor: maximum))
    }

    static func parse(_ text: UnsafeRawBufferPointer, subject: String) throws(CryptographyError) -> AgeIdentity {
        func refusal(_ code: CryptographyError.Code, _ reason: String, advice: String = "") -> CryptographyError {
            CryptographyError(code: code, doing: reading, subject: subject, reason: reason, advice: advice)
        }
        if text.starts(with: "AGE-PLUGIN-".utf8) || text.starts(with: "AGE-SECRET-KEY-PQ-".utf8) {
            throw refusal(
                .unsupportedAlgorithm, "identities of age's plug-ins and post-quantum keys are not used here",
                advice: "use a plain identity, made with: age-keygen")
        }
        if text.starts(with: "age1".utf8) || text.starts(with: "ssh-".utf8) {
            throw refusal(.malformed, "this is a recipient, not an identity", advice: "give the private key's file")
        }
        var scalar = SecretBytes(count: X25519.size)
        do throws(Bech32.Defect) {
            try scalar.withMutableBytes { scalar throws(Bech32.Defect) in
                try Bech32.decode(text, prefix: prefix, into: scalar)
            }
        } catch {
            throw refusal(
                .malformed, error == .prefix ? "it does not begin with AGE-SECRET-KEY-1" : error.reason,
                advice: error == .prefix ? "an identity is made with: age-keygen" : "")
        }
        let half = try scalar.withBytes { scalar throws(CryptographyError) in
            try PrivateHalf(try X25519.key(scalar: scalar))
        }
        return AgeIdentity(kind: .x25519(half))
    }

    /// Who encrypts to this identity uses this; nil for a passphrase, and for what ``AgeEncryptor/identity`` gives.
    public var recipient: AgeRecipient? {
        switch kind {
        case .x25519(let half): AgeRecipient(.x25519(point: half.point))
        case .sshEd25519(let half, let key): AgeRecipient(.sshEd25519(key, point: half.point))
        case .passphrase, .writer: nil
        }
    }

    public var isPassphrase: Bool {
        if case .passphrase = kind { true } else { false }
    }
}
