public import BundleFormat
public import Cryptography

/// What a bundle is held against: always from outside it.
public struct Anchors: Sendable {
    /// Who may sign; lines that restrict namespaces need `exhibit-bundle@v1`, `exhibit-open@v1` for opening records, and
    /// `exhibit-record@v1` for what came after the seal.
    public var allowedSigners: AllowedSigners?
    /// Who may say who somebody is: the roots for signers' certificates, and revocation lists.
    public var certificateAuthorities: CertificateBundle?
    /// Who may say what time it was: the roots for time stamps, and revocation lists.
    public var timestampAuthorities: CertificateBundle?
    /// The Seal ID that was written down when the bundle was made.
    public var expectedSealID: SealID?
    /// Who must have signed the seal, all of them: a principal of the allowed signers, an SSH key's fingerprint
    /// (`SHA256:…`), a certificate's e-mail address, common name or whole subject (with a chain to the certificate
    /// authorities), or its fingerprint (`sha256:` and hex).
    public var requiredSigners: [String]
    /// Whether somebody whom the allowed signers or certificate authorities vouch for must have signed. Where they only
    /// stand ready (a configuration file) and the Seal ID is known, that is enough.
    public var demandsKnownSigner: Bool

    public init(
        allowedSigners: AllowedSigners? = nil, certificateAuthorities: CertificateBundle? = nil,
        timestampAuthorities: CertificateBundle? = nil, expectedSealID: SealID? = nil, requiredSigners: [String] = [],
        demandsKnownSigner: Bool = true
    ) {
        self.allowedSigners = allowedSigners
        self.certificateAuthorities = certificateAuthorities
        self.timestampAuthorities = timestampAuthorities
        self.expectedSealID = expectedSealID
        self.requiredSigners = requiredSigners
        self.demandsKnownSigner = demandsKnownSigner
    }

    /// Whether there is nothing that says whose the bundle is.
    var saysNothingOfWho: Bool {
        allowedSigners == nil && certificateAuthorities == nil && expectedSealID == nil && requiredSigners.isEmpty
    }
}
