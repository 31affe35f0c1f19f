/// An SSH signature over a file (OpenSSH, PROTOCOL.sshsig), as `ssh-keygen -Y sign` makes and `-Y verify` checks.
///
/// It is read in its one encoding only, so that a signature file has no bit that can be changed unnoticed. (What no
/// encoding rule prevents: who knows an ECDSA signature can compute its twin, with s negated, which is as valid.)
public struct SSHSignature: Hashable, Sendable {
    /// The hash of the message that is signed.
    public enum MessageHash: String, Hashable, Sendable {
        case sha256, sha512
    }

    /// What a FIDO token certifies about the act of signing.
    public struct SecurityKeyUse: Hashable, Sendable {
        public let flags: UInt8
        public let counter: UInt32

        /// Somebody touched the token.
        public var userPresent: Bool { flags & 0x01 != 0 }
        /// Somebody proved to the token who they are (PIN, finger).
        public var userVerified: Bool { flags & 0x04 != 0 }
    }

    /// The key that the signature says it is from; proved by ``verify(message:namespace:)`` only.
    public let publicKey: SSHPublicKey
    /// What the signature is for.
    public let namespace: String
    public let messageHash: MessageHash
    /// The text of the signature file: armour, base64 in lines of 70 columns, one LF at the end.
    public let armored: [UInt8]

    private let blob: SSHSignatureBlob

    /// Nil unless a FIDO token signed.
    public var securityKeyUse: SecurityKeyUse? { blob.use }

    static let verifying = "verifying an SSH signature"
    private static let reading = "reading an SSH signature"
    private static let magic = Array("SSHSIG".utf8)
    private static let version: UInt32 = 1
    private static let beginning = Array("-----BEGIN SSH SIGNATURE-----\n".utf8)
    private static let ending = Array("-----END SSH SIGNATURE-----\n".utf8)
    /// A key of 2 KB and a signature of 2 KB in base64, with much room for the namespace.
    private static let largest = 32 << 10

    /// Signs `message`, hashed with SHA-512, for `namespace` (printable ASCII; by custom `purpose@domain`).
    public static func sign(
        message: [UInt8], namespace: String, key: borrowing SSHPrivateKey
    ) throws(CryptographyError) -> SSHSignature {
        let signed = try bytesToSign(message: message, namespace: namespace)
        return try SSHSignature(
            publicKey: key.publicKey, namespace: namespace, signature: key.signatureBlob(over: signed))
    }

    /// What a key really signs when it signs `message` for `namespace`.
    static func bytesToSign(message: [UInt8], namespace: String) throws(CryptographyError) -> [UInt8] {
        guard !namespace.isEmpty, namespace.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw CryptographyError(
                code: .malformed, doing: "signing", subject: namespace,
                reason: "a namespace is at least one character of printable ASCII")
        }
        return signedBytes(digest: SHA512.digest(of: message), hash: .sha512, namespace: namespace)
    }

    /// Puts a signature file around the signature of ``bytesToSign(message:namespace:)``.
    init(publicKey: SSHPublicKey, namespace: String, signature: [UInt8]) throws(CryptographyError) {
        var blob = Self.magic
        SSHWire.append(Self.version, to: &blob)
        SSHWire.append(string: publicKey.blob, to: &blob)
        SSHWire.append(string: namespace, to: &blob)
        SSHWire.append(string: "", to: &blob)
        SSHWire.append(string: MessageHash.sha512.rawValue, to: &blob)
        SSHWire.append(string: signature, to: &blob)
        try self.init(parsing: Self.armor(blob))
    }

    /// Reads a signature file, and accepts only what ``armored`` would give back byte for byte.
    public init(parsing armored: [UInt8]) throws(CryptographyError) {
        func malformed(_ reason: String) -> CryptographyError {
            CryptographyError(code: .malformed, doing: Self.reading, reason: reason)
        }
        guard armored.count <= Self.largest else {
            throw CryptographyError(
                code: .tooLarge, doing: Self.reading,
                reason: "it has \(armored.count) bytes; no signature is that large")
        }
        guard armored.count > Self.beginning.count + Self.ending.count, armored.starts(with: Self.beginning),
            armored.suffix(Self.ending.count).elementsEqual(Self.ending)
        else { throw malformed("it is not exactly one SSH signature, from its BEGIN line to its END line") }
        let body = armored[Self.beginning.count..<armored.count - Self.ending.count]
        guard let blob = Base64.decode(body.filter { $0 != UInt8(ascii: "\n") }) else {
            throw malformed("its base64 is damaged")
        }
        guard Self.armor(blob) == armored else { throw malformed("its lines are not those that ssh-keygen writes") }
        let fields = blob.withUnsafeBytes { bytes in
            Result { () throws(CryptographyError) in try Fields(bytes, doing: Self.reading) }
        }
        let parsed = try fields.get()
        publicKey = parsed.publicKey
        namespace = parsed.namespace
        messageHash = parsed.messageHash
        self.blob = parsed.signature
        self.armored = armored
    }

    /// Checks that ``publicKey`` signed exactly `message` for `namespace`, and gives that key back. It does not say
    /// whose key that is: see ``AllowedSigners``.
    ///
    /// Throws `wrongNamespace` or `badSignature`.
    @discardableResult
    public func verify(message: [UInt8], namespace: String) throws(CryptographyError) -> SSHPublicKey {
        guard namespace == self.namespace else {
            throw CryptographyError(
                code: .wrongNamespace, doing: Self.verifying, subject: publicKey.fingerprint,
                reason: "it was made for \(self.namespace), not for \(namespace)")
        }
        let digest =
            switch messageHash {
            case .sha256: SHA256.digest(of: message).bytes
            case .sha512: SHA512.digest(of: message)
            }
        let signed = Self.signedBytes(digest: digest, hash: messageHash, namespace: namespace)
        guard try blob.verifies(signed, key: publicKey) else {
            throw CryptographyError(
                code: .badSignature, doing: Self.verifying, subject: publicKey.fingerprint,
                reason: "this key did not sign these bytes")
        }
        return publicKey
    }

    /// What the key really signs.
    private static func signedBytes(digest: [UInt8], hash: MessageHash, namespace: String) -> [UInt8] {
        var bytes = magic
        SSHWire.append(string: namespace, to: &bytes)
        SSHWire.append(string: "", to: &bytes)
        SSHWire.append(string: hash.rawValue, to: &bytes)
        SSHWire.append(string: digest, to: &bytes)
        return bytes
    }

    private static func armor(_ blob: [UInt8]) -> [UInt8] {
        var text = beginning
        blob.withUnsafeBytes { Base64.append($0, to: &text, lineLength: 70) }
        return text + ending
    }

    /// What stands in a blob.
    private struct Fields {
        let publicKey: SSHPublicKey
        let namespace: String
        let messageHash: MessageHash
        let signature: SSHSignatureBlob

        init(_ bytes: UnsafeRawBufferPointer, doing: String) throws(CryptographyError) {
            var reader = SSHWireReader(bytes, doing: doing)
            guard try reader.bytes(magic.count, "the magic").elementsEqual(magic) else {
                throw reader.malformed("it does not begin with SSHSIG")
            }
            let found = try reader.uint32("the version")
            guard found == version else { throw reader.unsupported("version \(found) of SSHSIG is not known here") }
            let keyBlob = try reader.string("the public key")
            namespace = try reader.name("the namespace")
            guard !namespace.isEmpty else { throw reader.malformed("the namespace is empty") }
            guard try reader.string("the reserved field").isEmpty else {
                throw reader.malformed("the reserved field is not empty")
            }
            let hash = try reader.name("the hash's name")
            guard let messageHash = MessageHash(rawValue: hash) else {
                throw reader.unsupported("messages hashed with \(hash.prefix(64)) are not accepted")
            }
            self.messageHash = messageHash
            let signatureBytes = try reader.string("the signature")
            try reader.end("the signature")
            publicKey = try SSHPublicKey(blob: [UInt8](keyBlob))
            signature = try SSHSignatureBlob(signatureBytes, key: publicKey, doing: doing)
        }
    }
}
