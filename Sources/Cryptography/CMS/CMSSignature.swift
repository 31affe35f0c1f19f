/// A detached CMS signature (RFC 5652, CAdES-BES of ETSI EN 319 122-1) by the owner of an X.509 certificate, as
/// `openssl cms -sign -cades -binary` makes and `openssl cms -verify -cades -binary -purpose any` checks.
///
/// It is read in one encoding only: DER, with nothing behind it, from one signer with RSA (PKCS #1 v1.5, 2048 bits or
/// more) or ECDSA, over SHA-256, SHA-384 or SHA-512.
public struct CMSSignature: Hashable, Sendable {
    /// What was found out about a signature that is right.
    public struct Verification: Hashable, Sendable {
        /// Whose key made it, as the certificate says.
        public let signer: Certificate
        /// What the signer says about when, in seconds since 1970. Only a time stamp proves it.
        public let signingTime: Int64?
        /// Whether the certificate is to be believed.
        public let trust: CertificateTrust
    }

    private let data: SignedData

    static let reading = "reading a CMS signature"
    private static let verifying = "verifying a CMS signature"

    /// Reads DER. Throws `malformed` for any other shape or encoding, `digestTooWeak`, `keyTooWeak`,
    /// `unsupportedAlgorithm`, and `badSignature` if another certificate is named than the one that is in it.
    public init(parsing encoded: [UInt8]) throws(CryptographyError) {
        data = try SignedData(
            parsing: encoded, contentType: .data, doing: Self.reading, what: "CMS signature")
        guard data.content == nil else {
            throw CryptographyError(
                code: .malformed, doing: Self.reading,
                reason: "it holds a content of its own, and so says nothing about the one beside it",
                advice: "sign with: openssl cms -sign -cades -binary -outform DER")
        }
    }

    /// Its DER: the bytes of a `.p7s` file.
    public var encoded: [UInt8] { data.encoded }

    /// The certificate that it says it is from; proved by ``verify(message:anchors:additional:at:)`` only.
    public var signer: Certificate { data.signerCertificate }

    /// What the signer says about when, in seconds since 1970.
    public var signingTime: Int64? { data.signer.attributes.signingTime }

    /// The certificates in it, the signer's among them.
    public var certificates: [Certificate] { data.certificates }

    /// Checks that the owner of ``signer`` signed exactly `message`, and then whether a chain leads from there to one of
    /// `anchors` at `time` (seconds since 1970): the time that a time stamp proves for the signature, else now.
    ///
    /// Throws `badSignature` if the signature is not right: then nothing is known. Who signed is in the answer's
    /// ``CertificateTrust``: without anchors ``CertificateTrust/unverified``. Where `anchors` hold revocation lists, one
    /// of them must be about the signer's certificate. `additional` certificates and lists may come from anywhere: they
    /// can complete a chain, not end it.
    public func verify(
        message: [UInt8], anchors: CertificateBundle?, additional: CertificateBundle = CertificateBundle(),
        at time: Int64
    ) throws(CryptographyError) -> Verification {
        try SignedDataCheck.checkSignature(data, over: message, doing: Self.verifying)
        return Verification(
            signer: signer, signingTime: signingTime,
            trust: try data.trust(purpose: .signature, anchors: anchors, additional: additional, at: time))
    }
}

extension SignedData {
    /// Whether the signer's certificate is to be believed. Only for signatures that are right.
    func trust(
        purpose: ChainCheck.Purpose, anchors: CertificateBundle?, additional: CertificateBundle, at time: Int64
    ) throws(CryptographyError) -> CertificateTrust {
        guard let anchors else { return .unverified }
        let check = ChainCheck(
            purpose: purpose, anchors: anchors,
            additional: CertificateBundle(certificates: certificates).merging(additional), time: time)
        if case .signature = purpose, !signerCertificate.maySign {
            return .untrusted(
                ChainFailure(
                    code: .wrongPurpose, certificate: signerCertificate,
                    reason: "it says that its key is for other things than signing documents", advice: ""))
        }
        let trust = try check.trust(in: signerCertificate)
        if case .trusted(let chain) = trust,
            try !signer.attributes.signingCertificate.allows(chain.certificates)
        {
            return .untrusted(
                ChainFailure(
                    code: .otherChain, certificate: signerCertificate,
                    reason: "the signature names certificates that are not in the chain that was found", advice: ""))
        }
        return trust
    }
}
