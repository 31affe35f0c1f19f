/// What is known about the one who signed: the answer to "who", apart from whether the signature is right.
public enum CertificateTrust: Hashable, Sendable {
    /// No trust anchors were given: the certificate is what the signature itself says, and anybody can make one with any
    /// name.
    case unverified
    /// A chain leads to one of the anchors, and held at the time that was asked about.
    case trusted(CertificateChain)
    /// There are anchors, and no chain that holds leads to one of them.
    case untrusted(ChainFailure)

    /// Whether a chain was found.
    public var isTrusted: Bool {
        if case .trusted = self { true } else { false }
    }
}

/// A chain that held.
public struct CertificateChain: Hashable, Sendable {
    /// From the signer's certificate to the anchor.
    public let certificates: [Certificate]
    /// Those about which no revocation list said anything (the anchor excepted): all of them if none was given.
    public let notCheckedForRevocation: [Certificate]
}

/// Why no chain held.
public struct ChainFailure: Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure. Extensible: compare with the constants, do not switch exhaustively.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The certificate was not valid any more at that time.
        public static let expired = Code(rawValue: "expired")
        /// The certificate was not valid yet at that time.
        public static let notYetValid = Code(rawValue: "notYetValid")
        /// A certificate between this one and an anchor is missing, or the anchor is not among those given.
        public static let issuerMissing = Code(rawValue: "issuerMissing")
        /// The chain is complete, and ends at a self-signed certificate that is not one of the anchors.
        public static let anchorUnknown = Code(rawValue: "anchorUnknown")
        /// The issuer took it back.
        public static let revoked = Code(rawValue: "revoked")
        /// Revocation lists were given, and none of them is about the signer's certificate at that time.
        public static let revocationUnknown = Code(rawValue: "revocationUnknown")
        /// A key or hash in the chain is too weak: RSA below 2048 bits, MD5, SHA-1.
        public static let tooWeak = Code(rawValue: "tooWeak")
        /// A certificate of the chain may not be used for this: an issuer that is no authority, a key for other uses.
        public static let wrongPurpose = Code(rawValue: "wrongPurpose")
        /// A signature in the chain is wrong.
        public static let badSignature = Code(rawValue: "badSignature")
        /// The signature says what chain it relies on, and that is not this one.
        public static let otherChain = Code(rawValue: "otherChain")
        /// Anything else; `reason` says what.
        public static let other = Code(rawValue: "other")
    }

    public let code: Code
    /// The certificate at which it failed, if there is one.
    public let certificate: Certificate?
    public let reason: String
    /// What to do next; empty if there is nothing sensible to say.
    public let advice: String

    public var description: String {
        var text = certificate.map { "\($0): \(reason)" } ?? reason
        if !advice.isEmpty { text += "; \(advice)" }
        return text
    }
}
