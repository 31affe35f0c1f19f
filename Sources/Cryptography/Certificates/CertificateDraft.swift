internal import COpenSSL

/// A certificate that is being made.
struct CertificateDraft: ~Copyable {
    private let object: LibraryObject
    private let doing: String

    /// - Parameter validity: in seconds since 1970.
    init(
        subject: String, validity: ClosedRange<Int64>, key: borrowing KeyHandle, doing: String
    ) throws(CryptographyError) {
        let object = try LibraryObject(X509_new(), freedBy: { X509_free($0) }, doing: doing)
        let certificate = object.pointer
        // Version 3 is written as 2.
        var isMade = X509_set_version(certificate, 2) == 1 && X509_set_pubkey(certificate, key.pointer) == 1
        isMade = isMade && ASN1_TIME_set(X509_getm_notBefore(certificate), time_t(validity.lowerBound)) != nil
        isMade = isMade && ASN1_TIME_set(X509_getm_notAfter(certificate), time_t(validity.upperBound)) != nil
        let name = Array(subject.utf8)
        isMade =
            isMade
            && X509_NAME_add_entry_by_NID(
                X509_get_subject_name(certificate), NID_commonName, V_ASN1_UTF8STRING, name, Int32(name.count), -1, 0)
                == 1
        guard isMade else { throw LibraryFailure.error(doing: doing) }
        try Self.number(certificate, doing: doing)
        self.object = object
        self.doing = doing
    }

    /// Gives it a serial number: positive, and never 0.
    private static func number(_ certificate: OpaquePointer, doing: String) throws(CryptographyError) {
        var bytes = try SecureRandom.bytes(16)
        bytes[0] = bytes[0] & 0x7F | 0x40
        guard let number = BN_bin2bn(bytes, Int32(bytes.count), nil) else { throw LibraryFailure.error(doing: doing) }
        defer { BN_free(number) }
        guard BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil else {
            throw LibraryFailure.error(doing: doing)
        }
    }

    func issued(by issuer: borrowing CertificateDraft) throws(CryptographyError) {
        guard X509_set_issuer_name(object.pointer, X509_get_subject_name(issuer.object.pointer)) == 1 else {
            throw LibraryFailure.error(doing: doing)
        }
    }

    /// - Parameter value: as in a configuration of OpenSSL (x509v3_config(5)).
    func add(_ kind: Int32, _ value: String, issuer: borrowing CertificateDraft) throws(CryptographyError) {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer.object.pointer, object.pointer, nil, nil, 0)
        guard let made = X509V3_EXT_conf_nid(nil, &context, kind, value) else {
            throw LibraryFailure.error(.malformed, doing: doing, subject: value)
        }
        defer { X509_EXTENSION_free(made) }
        guard X509_add_ext(object.pointer, made, -1) == 1 else { throw LibraryFailure.error(doing: doing) }
    }

    /// In DER.
    func signed(by key: borrowing KeyHandle) throws(CryptographyError) -> [UInt8] {
        guard X509_sign(object.pointer, key.pointer, EVP_sha256()) > 0 else { throw LibraryFailure.error(doing: doing) }
        return try object.encoded(by: { i2d_X509($0, $1) }, doing: doing)
    }
}
