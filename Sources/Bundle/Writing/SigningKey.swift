internal import Cryptography

/// A private key that several places of the writer sign with; wiped when the writer goes away.
final class SigningKey: Sendable {
    private let key: SSHPrivateKey

    init(_ key: consuming SSHPrivateKey) {
        self.key = key
    }

    convenience init?(optional key: consuming SSHPrivateKey?) {
        guard let key else { return nil }
        self.init(key)
    }

    var publicKey: SSHPublicKey { key.publicKey }

    func sign(_ message: [UInt8], namespace: String) throws(CryptographyError) -> SSHSignature {
        try SSHSignature.sign(message: message, namespace: namespace, key: key)
    }
}
