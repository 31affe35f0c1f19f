internal import COpenSSL

/// An SSH private key in memory: a key file's, or one made for a run. It has one owner and is wiped when that goes
/// away.
///
/// Several threads may sign with it at the same time.
public struct SSHPrivateKey: ~Copyable, Sendable {
    public let publicKey: SSHPublicKey
    /// What its file says about it, often `user@host`; a claim that nothing proves. Empty for keys in PEM.
    public let comment: String

    let handle: KeyHandle

    static let reading = "reading a private key"

    /// Takes the key if its halves belong together: a signature made with one is checked with the other.
    init(handle: consuming KeyHandle, publicKey: SSHPublicKey, comment: String, subject: String)
        throws(CryptographyError)
    {
        self.handle = handle
        self.publicKey = publicKey
        self.comment = comment
        let probe = Array("probe".utf8)
        let signature = try signatureBlob(over: probe)
        guard SSHSignatureBlob.verify(signature, of: probe, key: publicKey) else {
            throw CryptographyError(
                code: .keyInconsistent, doing: Self.reading, subject: subject,
                reason: "its private half does not belong to its public half",
                advice: "the file is damaged; make a new key with: ssh-keygen -t ed25519")
        }
    }

    /// The kinds of keys that are made here.
    public enum Kind: String, CaseIterable, Sendable {
        case ed25519
        /// On NIST's curve P-256.
        case ecdsa
        /// Of 3072 bits.
        case rsa
    }

    /// Makes a key.
    public static func generate(_ kind: Kind, comment: String = "") throws(CryptographyError) -> SSHPrivateKey {
        let doing = "making an SSH key"
        let pointer =
            switch kind {
            case .ed25519: exhibit_make_ed25519_key()
            case .ecdsa: exhibit_make_ecdsa_key(EllipticCurve.p256.groupName)
            case .rsa: exhibit_make_rsa_key(3072)
            }
        guard let pointer else { throw LibraryFailure.error(doing: doing) }
        let handle = KeyHandle(owning: pointer)
        let publicKey = try SSHPublicKey(material: try PEMKeyFile.material(of: handle, subject: doing))
        return try SSHPrivateKey(handle: handle, publicKey: publicKey, comment: comment, subject: "new key")
    }

    /// Makes an Ed25519 key.
    public static func generateEd25519(comment: String = "") throws(CryptographyError) -> SSHPrivateKey {
        try generate(.ed25519, comment: comment)
    }

    /// Reads the content of a key file: OpenSSH's own format (`openssh-key-v1`), or PEM as OpenSSL reads it (PKCS#8,
    /// and the older forms for EC and RSA). The caller's copy of the file is the caller's to wipe.
    ///
    /// `subject` names the file in errors. Throws `keyEncrypted` where a passphrase is needed, `unsupportedAlgorithm`
    /// for DSA and FIDO keys.
    public init(parsing file: [UInt8], subject: String = "") throws(CryptographyError) {
        guard file.count <= 64 << 10 else {
            throw CryptographyError(
                code: .tooLarge, doing: Self.reading, subject: subject,
                reason: "the file has \(file.count) bytes; no key file is that large")
        }
        if file.starts(with: OpenSSHKeyFile.beginning) {
            self = try OpenSSHKeyFile.read(file, subject: subject)
        } else if file.starts(with: Array("ssh-".utf8)) || file.starts(with: Array("ecdsa-".utf8)) {
            throw CryptographyError(
                code: .malformed, doing: Self.reading, subject: subject, reason: "this is a public key",
                advice: "give the private key's file, usually the same name without .pub")
        } else {
            self = try PEMKeyFile.read(file, subject: subject)
        }
    }

    /// The public bytes of an Ed25519 key.
    static func ed25519Half(of handle: borrowing KeyHandle, doing: String) throws(CryptographyError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 32)
        var count = bytes.count
        guard EVP_PKEY_get_raw_public_key(handle.pointer, &bytes, &count) == 1, count == 32 else {
            throw LibraryFailure.error(doing: doing)
        }
        return bytes
    }

    static let adviceIfEncrypted =
        "give it to ssh-agent with ssh-add and sign through that, or use a key file without one"

    static func encrypted(subject: String) -> CryptographyError {
        CryptographyError(
            code: .keyEncrypted, doing: reading, subject: subject,
            reason: "it is protected by a passphrase, and such keys are not read", advice: adviceIfEncrypted)
    }
}
