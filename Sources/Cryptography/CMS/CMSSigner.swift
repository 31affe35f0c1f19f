internal import COpenSSL

/// An X.509 certificate and its private key, in memory: they make CMS signatures. The key is wiped when this goes away.
///
/// Several threads may sign with it at the same time.
public final class CMSSigner: Sendable {
    /// Who signs.
    public let certificate: Certificate
    /// The certificates between the signer's and an anchor; they travel in the signature.
    public let chain: [Certificate]

    private let key: KeyHandle
    private let digest: MessageDigest

    private static let reading = "reading a certificate and its private key"
    private static let signing = "making a CMS signature"

    /// Takes the content of two PEM files (or of one that holds all, twice). The signer's certificate is the one that
    /// belongs to the key; the others are its chain. Self-signed ones do not travel: a verifier has them or must not
    /// believe them.
    ///
    /// `subject` names the files in errors. Throws `keyEncrypted` where a passphrase is needed, `keyInconsistent` if no
    /// certificate belongs to the key, `wrongPurpose` if it is for other things, `unsupportedAlgorithm` for Ed25519, with which OpenSSL 3.0 makes no CMS
    /// signatures, `keyTooWeak` for RSA below 2048 bits.
    public init(
        certificates certificateFile: [UInt8], key keyFile: [UInt8], subject: String = ""
    ) throws(CryptographyError) {
        let doing = Self.reading
        let found = try CertificateBundle(pem: certificateFile, subject: subject).certificates
        let handle = try PEMKeyFile.handle(
            keyFile, doing: doing, subject: subject, format: "a PKCS#8 key in PEM nor an older form of one",
            advice: "a key becomes PEM with: openssl pkey -in FILE",
            adviceIfEncrypted: "write it without one, to a place that only you can read, with: openssl pkey -in FILE")
        let kind = try CertificateKey(handle, doing: doing, subject: subject)
        var owner: Certificate?
        for candidate in found where owner == nil {
            let object = try candidate.handle(doing: doing)
            if X509_check_private_key(object.pointer, handle.pointer) == 1 { owner = candidate }
        }
        LibraryFailure.clear()
        guard let owner else {
            throw CryptographyError(
                code: .keyInconsistent, doing: doing, subject: subject,
                reason: "the private key belongs to none of the \(found.count) certificates",
                advice: "give the certificate that was issued for this key")
        }
        guard owner.maySign else {
            throw CryptographyError(
                code: .wrongPurpose, doing: doing, subject: owner.subject,
                reason: "the certificate says that its key is for other things than signing documents",
                advice: "use one with the key usage digitalSignature, and not one of a TLS server")
        }
        certificate = owner
        chain = found.filter { $0 != owner && $0.subjectName != $0.issuerName }
        key = handle
        digest = MessageDigest(fitting: kind)
    }

    /// Signs `message` and says that it was at `time` (seconds since 1970). The signature holds the certificates, and
    /// not the message.
    public func sign(_ message: [UInt8], at time: Int64) throws(CryptographyError) -> CMSSignature {
        defer { LibraryFailure.clear() }
        let doing = Self.signing
        let flags = UInt32(CMS_DETACHED | CMS_BINARY | CMS_NOSMIMECAP | CMS_CADES | CMS_PARTIAL)
        let cms = try LibraryObject(
            CMS_sign(nil, nil, nil, nil, flags), freedBy: CMS_ContentInfo_free, doing: doing)
        let owner = try certificate.handle(doing: doing)
        guard
            let signer = CMS_add1_signer(
                cms.pointer, owner.pointer, key.pointer, EVP_get_digestbyname(digest.rawValue), flags)
        else { throw LibraryFailure.error(doing: doing, subject: certificate.subject) }
        for other in chain {
            let handle = try other.handle(doing: doing)
            guard CMS_add1_cert(cms.pointer, handle.pointer) == 1 else { throw LibraryFailure.error(doing: doing) }
        }
        guard let stamp = ASN1_TIME_set(nil, time_t(time)) else { throw LibraryFailure.error(doing: doing) }
        defer { ASN1_TIME_free(stamp) }
        guard
            CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_signingTime, ASN1_STRING_type(stamp), stamp, -1) == 1
        else { throw LibraryFailure.error(doing: doing) }
        let source = try MemorySource(message, doing: doing)
        guard CMS_final(cms.pointer, source.pointer, nil, flags) == 1 else {
            throw LibraryFailure.error(doing: doing, subject: certificate.subject)
        }
        let signature = try CMSSignature(parsing: cms.encoded(by: i2d_CMS_ContentInfo, doing: doing))
        // What is not accepted must not get into a bundle.
        _ = try signature.verify(message: message, anchors: nil, at: time)
        return signature
    }
}
