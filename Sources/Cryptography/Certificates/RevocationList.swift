internal import COpenSSL

/// A certificate revocation list (RFC 5280 section 5), as a value. It is a claim until its issuer's key was asked.
public struct RevocationList: Hashable, Sendable {
    /// Its DER.
    public let encoded: [UInt8]
    /// Who made it, in the form of RFC 2253.
    public let issuer: String
    /// When it was made, in seconds since 1970.
    public let thisUpdate: Int64
    /// When the next one is due at the latest; nil if it does not say.
    public let nextUpdate: Int64?

    static let reading = "reading a certificate revocation list"

    /// Reads DER; nothing may follow it.
    public init(encoded: [UInt8]) throws(CryptographyError) {
        self.encoded = encoded
        let doing = Self.reading
        let object = try LibraryObject(
            decoding: encoded, by: d2i_X509_CRL, freedBy: X509_CRL_free, doing: doing,
            what: "a certificate revocation list")
        issuer = try NameText.text(of: X509_CRL_get_issuer(object.pointer), doing: doing)
        let next = X509_CRL_get0_nextUpdate(object.pointer)
        nextUpdate = LibraryTime.seconds(of: next)
        guard let made = LibraryTime.seconds(of: X509_CRL_get0_lastUpdate(object.pointer)),
            next == nil || nextUpdate != nil
        else {
            LibraryFailure.clear()
            throw CryptographyError(code: .malformed, doing: doing, reason: "its dates are not dates")
        }
        thisUpdate = made
    }

    /// A block of PEM.
    public var pem: [UInt8] { PEMBlock.text(label: PEMBlock.revocationList, encoded) }

    /// The list in OpenSSL's hands.
    func handle(doing: String) throws(CryptographyError) -> LibraryObject {
        try LibraryObject(
            decoding: encoded, by: d2i_X509_CRL, freedBy: X509_CRL_free, doing: doing,
            what: "a certificate revocation list")
    }
}

extension CertificateBundle {
    /// Whether one of its lists takes a certificate back, so that what was signed at `time` (seconds since 1970) is not to be
    /// believed. The lists come from the caller: that their issuer made them is not checked, nor whether they are recent.
    public func revokes(_ certificate: Certificate, at time: Int64) -> Bool {
        defer { LibraryFailure.clear() }
        let doing = RevocationList.reading
        guard let object = try? certificate.handle(doing: doing) else { return true }
        return revocationLists.contains { list in
            guard let handle = try? list.handle(doing: doing) else { return true }
            var found: OpaquePointer?
            guard X509_NAME_cmp(X509_CRL_get_issuer(handle.pointer), X509_get_issuer_name(object.pointer)) == 0,
                X509_CRL_get0_by_cert(handle.pointer, &found, object.pointer) == 1, let found
            else { return false }
            return RevocationRule.Entry(found).map { !RevocationRule.signature.spares($0, at: time) } ?? true
        }
    }
}
