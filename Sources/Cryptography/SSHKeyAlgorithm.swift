/// The kinds of SSH keys that are used here, by their names in `authorized_keys` (RFC 4253, 5656, 8709; OpenSSH
/// PROTOCOL.u2f).
public enum SSHKeyAlgorithm: String, Hashable, Sendable, CaseIterable {
    case ed25519 = "ssh-ed25519"
    case ecdsaP256 = "ecdsa-sha2-nistp256"
    case ecdsaP384 = "ecdsa-sha2-nistp384"
    case ecdsaP521 = "ecdsa-sha2-nistp521"
    case rsa = "ssh-rsa"
    /// Held by a FIDO token: its signatures are verified, never made here.
    case securityKeyEd25519 = "sk-ssh-ed25519@openssh.com"
    /// Held by a FIDO token: its signatures are verified, never made here.
    case securityKeyECDSA = "sk-ecdsa-sha2-nistp256@openssh.com"

    /// Whether the private half lives in a FIDO token.
    public var isSecurityKey: Bool {
        self == .securityKeyEd25519 || self == .securityKeyECDSA
    }

    var curve: EllipticCurve? {
        switch self {
        case .ecdsaP256, .securityKeyECDSA: .p256
        case .ecdsaP384: .p384
        case .ecdsaP521: .p521
        case .ed25519, .rsa, .securityKeyEd25519: nil
        }
    }
}

/// The curves of RFC 5656 section 10.1.
enum EllipticCurve: String, Hashable, Sendable {
    case p256 = "nistp256"
    case p384 = "nistp384"
    case p521 = "nistp521"

    /// Bytes of a coordinate and of a private scalar.
    var size: Int {
        switch self {
        case .p256: 32
        case .p384: 48
        case .p521: 66
        }
    }

    /// Its name in OpenSSL.
    var groupName: String {
        switch self {
        case .p256: "prime256v1"
        case .p384: "secp384r1"
        case .p521: "secp521r1"
        }
    }

    /// The hash that RFC 5656 section 6.2.1 pairs with it, by OpenSSL's name.
    var hashName: String {
        switch self {
        case .p256: "SHA256"
        case .p384: "SHA384"
        case .p521: "SHA512"
        }
    }

    var algorithm: SSHKeyAlgorithm {
        switch self {
        case .p256: .ecdsaP256
        case .p384: .ecdsaP384
        case .p521: .ecdsaP521
        }
    }
}
