public import Cryptography

/// How a signature is made, and in which form it is kept (section 8.2).
public enum SignatureKind: String, Hashable, Sendable, CaseIterable {
    /// SSHSIG, armoured.
    case ssh
    /// CMS, detached, in DER.
    case cms
}

/// A signature that was made.
public struct MadeSignature: Hashable, Sendable {
    public let kind: SignatureKind
    /// As it stands in `sig/`: SSH armour, or DER.
    public let encoded: [UInt8]
}

/// Somebody who can sign a seal or a record.
public enum SealSigner: Sendable {
    /// An SSH key, in memory or in an ssh-agent.
    case ssh(SSHSigner)
    /// The owner of an X.509 certificate.
    case cms(CMSSigner)

    public var kind: SignatureKind {
        switch self {
        case .ssh: .ssh
        case .cms: .cms
        }
    }

    /// The key: `SHA256:` and base64 as `ssh-keygen -l` prints it, or the certificate: `cert:` and the hex SHA-256 of its
    /// DER. Both are what ``RequiredSigner`` takes.
    public var fingerprint: String {
        switch self {
        case .ssh(let signer): signer.publicKey.fingerprint
        case .cms(let signer): signer.certificate.pin
        }
    }

    /// What it is called, for people: the key's comment or the certificate's subject. Nothing proves it.
    public var name: String {
        switch self {
        case .ssh(let signer): signer.comment
        case .cms(let signer): signer.certificate.subject
        }
    }

    /// Signs exactly `message`, and says that it was at `time` (seconds since 1970). Only SSH signatures have a namespace;
    /// only CMS signatures say a time.
    ///
    /// Blocks while an agent waits for somebody to touch a token. Throws what ``SSHSigner/sign(_:namespace:within:)`` and
    /// ``CMSSigner/sign(_:at:)`` throw.
    ///
    /// - Parameter patience: for an agent, if that is less than its own timeouts.
    public func sign(
        _ message: [UInt8], namespace: String, at time: Int64, within patience: Duration? = nil
    ) throws(CryptographyError) -> MadeSignature {
        switch self {
        case .ssh(let signer):
            MadeSignature(
                kind: .ssh, encoded: try signer.sign(message, namespace: namespace, within: patience).armored)
        case .cms(let signer): MadeSignature(kind: .cms, encoded: try signer.sign(message, at: time).encoded)
        }
    }
}

/// What an SSH signature is for (sections 4.2, 7.1, 8.2 and 10).
public enum SignatureNamespace {
    public static let opening = "exhibit-open@v1"
    public static let checkpoint = "exhibit-checkpoint@v1"
    public static let seal = "exhibit-bundle@v1"
    public static let record = "exhibit-record@v1"
}

extension Certificate {
    /// As ``RequiredSigner/certificate(_:)`` is written.
    var pin: String { RequiredSigner.certificate(fingerprint).description }
}
