public import BundleFormat
public import Cryptography

/// What a bundle is held against: always from outside it.
public struct Anchors: Sendable {
    /// Who may sign; lines that restrict namespaces need `exhibit-bundle@v1`, and `exhibit-open@v1` for opening
    /// records.
    public var allowedSigners: AllowedSigners?
    /// The Seal ID that was written down when the bundle was made.
    public var expectedSealID: SealID?
    /// Who must have signed: a principal of the allowed signers, or a key's fingerprint (`SHA256:…`).
    public var requiredSigner: String?

    public init(
        allowedSigners: AllowedSigners? = nil, expectedSealID: SealID? = nil, requiredSigner: String? = nil
    ) {
        self.allowedSigners = allowedSigners
        self.expectedSealID = expectedSealID
        self.requiredSigner = requiredSigner
    }

    var isEmpty: Bool { allowedSigners == nil && expectedSealID == nil && requiredSigner == nil }
}
