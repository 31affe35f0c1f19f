internal import COpenSSL

/// A key and certificate for a server, and the authority that signed it, all made at this moment. The authority's key is gone
/// once it has signed: nobody can have a second certificate of it.
public struct ServerCredentials: Sendable {
    /// What a certificate is for.
    public enum Name: Hashable, Sendable {
        /// Of letters, digits, dots and hyphens.
        case dns(String)
        /// In numbers, as in `127.0.0.1` or `::1`.
        case address(String)
    }

    /// In PEM, as clients trust it. It signs nothing but certificates that are no authorities.
    public let authority: [UInt8]
    /// In PEM.
    public let certificate: [UInt8]
    /// In PEM (PKCS #8). It is a secret.
    public let privateKey: [UInt8]

    /// Makes keys (ECDSA on P-256) and certificates (RFC 5280).
    ///
    /// - Parameters:
    ///   - subject: the server's common name, for people.
    ///   - names: by which clients reach it.
    ///   - validity: from when until when, in seconds since 1970.
    /// - Throws: ``CryptographyError/Code/malformed`` for a name that cannot stand in a certificate.
    public init(subject: String, names: [Name], validity: ClosedRange<Int64>) throws(CryptographyError) {
        let alternatives = try names.map(Self.text).joined(separator: ",")
        let authorityKey = try Self.key()
        let authority = try CertificateDraft(
            subject: "\(subject) authority", validity: validity, key: authorityKey, doing: Self.doing)
        try authority.issued(by: authority)
        try authority.add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0", issuer: authority)
        try authority.add(NID_key_usage, "critical,keyCertSign", issuer: authority)
        try authority.add(NID_subject_key_identifier, "hash", issuer: authority)

        let key = try Self.key()
        let server = try CertificateDraft(subject: subject, validity: validity, key: key, doing: Self.doing)
        try server.issued(by: authority)
        try server.add(NID_basic_constraints, "critical,CA:FALSE", issuer: authority)
        try server.add(NID_key_usage, "critical,digitalSignature", issuer: authority)
        try server.add(NID_ext_key_usage, "serverAuth", issuer: authority)
        try server.add(NID_subject_key_identifier, "hash", issuer: authority)
        try server.add(NID_authority_key_identifier, "keyid:always", issuer: authority)
        try server.add(NID_subject_alt_name, alternatives, issuer: authority)

        self.authority = PEMBlock.text(label: PEMBlock.certificate, try authority.signed(by: authorityKey))
        certificate = PEMBlock.text(label: PEMBlock.certificate, try server.signed(by: authorityKey))
        privateKey = try Self.text(of: key)
    }

    private static let doing = "making the server's certificate"

    private static func key() throws(CryptographyError) -> KeyHandle {
        guard let pointer = exhibit_make_ecdsa_key("P-256") else { throw LibraryFailure.error(doing: doing) }
        return KeyHandle(owning: pointer)
    }

    /// As OpenSSL reads it in a list, in which nothing must be able to begin another entry.
    private static func text(of name: Name) throws(CryptographyError) -> String {
        let (kind, value, isSafe): (String, String, (UInt8) -> Bool) =
            switch name {
            case .dns(let value):
                ("DNS", value, { $0 == 0x2D || $0 == 0x2E || Character(Unicode.Scalar($0)).isNameLike })
            case .address(let value):
                ("IP", value, { $0 == 0x2E || $0 == 0x3A || Character(Unicode.Scalar($0)).isHexDigit })
            }
        guard !value.isEmpty, value.utf8.count <= 253, value.utf8.allSatisfy({ $0 < 0x80 && isSafe($0) }) else {
            throw CryptographyError(
                code: .malformed, doing: doing, subject: value, reason: "it is no name that a certificate can have")
        }
        return "\(kind):\(value)"
    }

    private static func text(of key: borrowing KeyHandle) throws(CryptographyError) -> [UInt8] {
        let object = try LibraryObject(
            EVP_PKEY2PKCS8(key.pointer), freedBy: { PKCS8_PRIV_KEY_INFO_free($0) }, doing: doing)
        return PEMBlock.text(
            label: "PRIVATE KEY", try object.encoded(by: { i2d_PKCS8_PRIV_KEY_INFO($0, $1) }, doing: doing))
    }
}

extension Character {
    fileprivate var isNameLike: Bool { isASCII && (isLetter || isNumber) }
}
