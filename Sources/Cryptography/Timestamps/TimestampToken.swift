internal import COpenSSL

/// A time stamp (RFC 3161 section 2.4.2, TimeStampToken): an authority's signature over a hash and a time.
///
/// It is read in one encoding only: DER, with nothing behind it, and with the authority's certificate in it.
public struct TimestampToken: Hashable, Sendable {
    /// What was found out about a time stamp that is right.
    public struct Verification: Hashable, Sendable {
        /// What it says: the bytes existed at its time, if the authority is to be believed.
        public let info: TimestampInfo
        /// Whose key made it, as the certificate says.
        public let authority: Certificate
        /// Whether the certificate is to be believed, at the time that the time stamp says.
        public let trust: CertificateTrust

        fileprivate let certificates: [Certificate]

        /// What has to be kept so that the time stamp can be verified later, without the authority: the chain that was
        /// found, else the certificates of the time stamp, and these lists (`sig/seal.K.tsa.pem`).
        public func certificatesForLater(revocationLists: [RevocationList] = []) -> CertificateBundle {
            var kept = CertificateBundle(revocationLists: revocationLists)
            if case .trusted(let chain) = trust { kept.certificates = chain.certificates }
            return kept.merging(CertificateBundle(certificates: certificates))
        }
    }

    /// What it says; proved by ``verify(message:anchors:additional:)`` only.
    public let info: TimestampInfo

    private let data: SignedData

    private static let reading = "reading a time stamp"
    private static let verifying = "verifying a time stamp"

    /// Reads DER.
    public init(parsing encoded: [UInt8]) throws(CryptographyError) {
        data = try SignedData(
            parsing: encoded, contentType: .timestampInfo, doing: Self.reading, what: "time stamp")
        guard let content = data.content else {
            throw CryptographyError(code: .malformed, doing: Self.reading, reason: "it does not hold what it says")
        }
        info = try TimestampInfo(parsing: content, doing: Self.reading)
    }

    /// Its DER.
    public var encoded: [UInt8] { data.encoded }

    /// The certificate that it says it is from.
    public var authority: Certificate { data.signerCertificate }

    /// The certificates in it, the authority's among them.
    public var certificates: [Certificate] { data.certificates }

    /// Throws `badSignature` unless it answers this request: the same hash, the same nonce.
    public func check(answers request: TimestampRequest) throws(CryptographyError) {
        func fail(_ reason: String) -> CryptographyError {
            CryptographyError(
                code: .badSignature, doing: Self.verifying, subject: authority.subject, reason: reason)
        }
        guard info.digest == .sha256, info.imprint == request.imprint.bytes else {
            throw fail("it is about other bytes than was asked for")
        }
        guard info.nonce == request.nonce else { throw fail("it answers another request: its nonce is another one") }
    }

    /// Checks that the owner of ``authority``, a certificate for time stamps and nothing else, signed that exactly
    /// `message` existed at the time in ``info``, and then whether a chain leads from there to one of `anchors` **at
    /// that time**: a time stamp outlives its authority's certificate.
    ///
    /// Throws `badSignature` or `wrongPurpose` if it is not right: then nothing is known. Whether the authority is to be
    /// believed is in the answer. Anchors, lists and `additional` are as for
    /// ``CMSSignature/verify(message:anchors:additional:at:)``; `additional` is where what was kept beside the time
    /// stamp goes. A list that revokes the certificate later than that time leaves the time stamp good only if it gives
    /// one of the reasons of RFC 3161 section 4.
    public func verify(
        message: [UInt8], anchors: CertificateBundle?, additional: CertificateBundle = CertificateBundle()
    ) throws(CryptographyError) -> Verification {
        try SignedDataCheck.checkSignature(data, over: nil, doing: Self.verifying)
        guard try info.digest.hash(message) == info.imprint else {
            throw CryptographyError(
                code: .badSignature, doing: Self.verifying, subject: authority.subject,
                reason: "it is about other bytes")
        }
        try checkPurpose()
        try checkName()
        return Verification(
            info: info, authority: authority,
            trust: try data.trust(
                purpose: .timestamping, anchors: anchors, additional: additional, at: info.seconds),
            certificates: certificates)
    }

    /// RFC 3161 section 2.3: the certificate is for time stamps only, and says so critically.
    private func checkPurpose() throws(CryptographyError) {
        defer { LibraryFailure.clear() }
        let certificate = try authority.handle(doing: Self.verifying)
        guard X509_check_purpose(certificate.pointer, X509_PURPOSE_TIMESTAMP_SIGN, 0) == 1 else {
            throw CryptographyError(
                code: .wrongPurpose, doing: Self.verifying, subject: authority.subject,
                reason: "its certificate is not one for time stamps",
                advice: "an authority's certificate has extendedKeyUsage = critical, timeStamping, and no other use")
        }
    }

    /// RFC 3161 section 2.4.2: a name, if given, is one of those of the certificate.
    private func checkName() throws(CryptographyError) {
        guard let name = info.authority else { return }
        if name.tag == DER.context(4) {
            guard try !authority.hasSubject(Array(name.content), doing: Self.verifying) else { return }
        }
        guard try !authority.hasAlternativeName(name, doing: Self.verifying) else { return }
        throw CryptographyError(
            code: .badSignature, doing: Self.verifying, subject: authority.subject,
            reason: "the authority calls itself by a name that its certificate does not have")
    }
}
