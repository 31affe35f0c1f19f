/// The secret that an age file is encrypted with, of which each recipient has a wrapped copy.
package struct AgeFileKey: ~Copyable, Sendable {
    static let size = 16

    private let secret: SecretBytes

    private init(_ secret: consuming SecretBytes) {
        self.secret = secret
    }

    /// The same key, in memory of its own.
    func copy() -> AgeFileKey {
        AgeFileKey(secret.withBytes { SecretBytes(copying: $0) })
    }

    /// A new one; no two files may share it.
    package static func random() throws(CryptographyError) -> AgeFileKey {
        AgeFileKey(try SecureRandom.secret(size))
    }

    /// The body of a stanza: this key under another, which is used for nothing else.
    func wrapped(by key: borrowing SecretBytes) throws(CryptographyError) -> [UInt8] {
        var cipher = try ChaCha20Poly1305(key: key, .sealing)
        var body = [UInt8](repeating: 0, count: AgeStanza.wrappedKeySize)
        try secret.withBytes { secret throws(CryptographyError) in
            try body.withUnsafeMutableBufferPointer { body throws(CryptographyError) in
                try cipher.seal(secret, nonce: Self.wrapNonce, into: UnsafeMutableRawBufferPointer(body))
            }
        }
        return body
    }

    /// The key in the body of a stanza; nil if it is under another key than that.
    static func unwrap(_ body: [UInt8], by key: borrowing SecretBytes) throws(CryptographyError) -> AgeFileKey? {
        guard body.count == AgeStanza.wrappedKeySize else { return nil }
        var cipher = try ChaCha20Poly1305(key: key, .opening)
        var secret = SecretBytes(count: size)
        let isOpen = secret.withMutableBytes { secret in
            body.withUnsafeBytes { cipher.open($0, nonce: wrapNonce, into: secret) }
        }
        return isOpen ? AgeFileKey(secret) : nil
    }

    /// The code over a header up to the mark of its last line.
    func headerCode(over header: [UInt8]) throws(CryptographyError) -> SHA256Digest {
        let key = try secret.withBytes { secret throws(CryptographyError) in
            try KeyDerivation.hkdf(secret, info: "header")
        }
        return key.withBytes { key in
            header.withUnsafeBytes { HMACSHA256.authenticationCode(of: $0, key: key) }
        }
    }

    /// The key of the chunks after that nonce.
    func payloadKey(nonce: [UInt8]) throws(CryptographyError) -> SecretBytes {
        try secret.withBytes { secret throws(CryptographyError) in
            try KeyDerivation.hkdf(secret, salt: nonce, info: "payload")
        }
    }

    private static var wrapNonce: ChaCha20Poly1305.Nonce { ChaCha20Poly1305.Nonce(repeating: 0) }
}
