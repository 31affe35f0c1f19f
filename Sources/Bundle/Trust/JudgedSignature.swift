public import Cryptography

/// What is known about a signature.
public struct JudgedSignature: Hashable, Sendable {
    /// Why the time at which a signer is judged is what it is.
    public enum Basis: String, Hashable, Sendable {
        /// A time stamp that is to be believed, over this very signature.
        case timestamp
        /// What whoever signed says, and now as well. Only for SSH.
        case claim
        /// Nothing is known of when it was made.
        case now
    }

    /// Where it stands.
    public let place: String
    public let kind: SignatureKind
    public let coverage: SignatureEvidence.Coverage
    /// Why it is no signature over those bytes, as a phrase; nil if it is one. With a fault nothing else is known.
    public internal(set) var fault: String?
    /// `SHA256:` and base64 of an SSH key, or `cert:` and the hex SHA-256 of a certificate; empty if it could not be read.
    public internal(set) var fingerprint = ""
    /// `ssh-ed25519` …, or `x509`.
    public internal(set) var algorithm = ""
    /// The key that was made for the run only: it says nothing about who.
    public internal(set) var isRunKey = false
    /// Of an SSH key: the names under which the allowed signers list it, for that time (and for now, where it is a claim).
    public internal(set) var principals: [String] = []
    /// Of an SSH key: why lines of the allowed signers that name it do not hold.
    public internal(set) var objections: [String] = []
    /// Of a CMS signature: the signer's certificate, and whether it is to be believed.
    public internal(set) var certificate: Certificate?
    public internal(set) var trust: CertificateTrust?
    /// The time for which all of that is said, in seconds since 1970.
    public internal(set) var judgedAt: Int64
    public internal(set) var basis: Basis
    public internal(set) var timestamps: [JudgedTimestamp] = []

    let publicKey: SSHPublicKey?

    init(_ evidence: SignatureEvidence, publicKey: SSHPublicKey?, judgedAt: Int64, basis: Basis) {
        place = evidence.place
        kind = evidence.kind
        coverage = evidence.coverage
        self.publicKey = publicKey
        self.judgedAt = judgedAt
        self.basis = basis
    }

    /// Whether it is a signature over exactly those bytes. It does not say whose.
    public var isValid: Bool { fault == nil }

    /// Whether the allowed signers or the certificate authorities vouch for who signed.
    public var isTrusted: Bool { isValid && (!principals.isEmpty || trust?.isTrusted == true) }

    /// Who signed, for people: names by the allowed signers or a trusted certificate, else nil.
    public var signer: String? {
        guard isTrusted else { return nil }
        return principals.isEmpty ? certificate?.subject : principals.joined(separator: ", ")
    }
}

/// What is known about a time stamp.
public struct JudgedTimestamp: Hashable, Sendable {
    /// Where it stands.
    public let place: String
    /// Why it is no time stamp over that signature, as a phrase; nil if it is one.
    public internal(set) var fault: String?
    /// What it says; nil if it could not be read.
    public internal(set) var info: TimestampInfo?
    /// Whose it is, as its certificate says, and whether that is to be believed.
    public internal(set) var authority: Certificate?
    public internal(set) var trust: CertificateTrust?

    init(place: String) {
        self.place = place
    }

    /// Whether it is over exactly the signature's bytes, and its own signature is right. It does not say whose.
    public var isValid: Bool { fault == nil }

    /// Whether a chain leads to the time stamp authorities that were given.
    public var isTrusted: Bool { isValid && trust?.isTrusted == true }
}
