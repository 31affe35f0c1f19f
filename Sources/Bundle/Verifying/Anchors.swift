public import BundleFormat
public import Cryptography

/// What a bundle is held against: always from outside it (section 8.3).
public struct Anchors: Sendable {
    /// Who may sign; lines that restrict namespaces need `exhibit-bundle@v1`, `exhibit-open@v1` for opening records, and
    /// `exhibit-record@v1` for what came after the seal.
    public var allowedSigners: AllowedSigners?
    /// Who may say who somebody is: roots for signers' certificates, and revocation lists. They make names believable; who
    /// is expected is for ``requiredSigners`` to say.
    public var certificateAuthorities: CertificateBundle?
    /// Who may say what time it was: roots for time stamps, and revocation lists.
    public var timestampAuthorities: CertificateBundle?
    /// The Seal ID that was written down when the bundle was made.
    public var expectedSealID: SealID?
    /// Who must have signed the seal.
    public var requiredSigners: [RequiredSigner]
    /// Whether a time stamp of ``timestampAuthorities`` must be there.
    public var requiresTimestamp: Bool
    /// Whether one of them is enough: they stand ready in a configuration. Else each was asked for, and all must hold.
    public var areAlternatives: Bool

    public init(
        allowedSigners: AllowedSigners? = nil, certificateAuthorities: CertificateBundle? = nil,
        timestampAuthorities: CertificateBundle? = nil, expectedSealID: SealID? = nil,
        requiredSigners: [RequiredSigner] = [], requiresTimestamp: Bool = false, areAlternatives: Bool = false
    ) {
        self.allowedSigners = allowedSigners
        self.certificateAuthorities = certificateAuthorities
        self.timestampAuthorities = timestampAuthorities
        self.expectedSealID = expectedSealID
        self.requiredSigners = requiredSigners
        self.requiresTimestamp = requiresTimestamp
        self.areAlternatives = areAlternatives
    }

    /// Whether something says who is expected. A certificate authority alone does not: it vouches for anybody's name.
    var sayWho: Bool { allowedSigners != nil || expectedSealID != nil || !requiredSigners.isEmpty }
}
