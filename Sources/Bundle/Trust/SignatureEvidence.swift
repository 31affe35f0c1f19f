/// A signature that is to be judged, from `sig/` or from a record.
public struct SignatureEvidence: Hashable, Sendable {
    /// What is signed.
    public enum Coverage: Hashable, Sendable {
        /// `seal.sha256`.
        case seal
        /// The line of the record with this number.
        case record(UInt64)

        /// What an SSH signature over it must be for.
        public var namespace: String {
            switch self {
            case .seal: SignatureNamespace.seal
            case .record: SignatureNamespace.record
            }
        }
    }

    /// A time stamp over a signature's bytes.
    public struct Timestamp: Hashable, Sendable {
        /// Where it stands: `sig/seal.1.tsr`, `record 4`.
        public var place: String
        /// TimeStampResp in DER.
        public var response: [UInt8]
        /// The certificates that were kept beside it, in PEM. They complete a chain and prove nothing.
        public var certificates: [UInt8]?

        public init(place: String, response: [UInt8], certificates: [UInt8]? = nil) {
            self.place = place
            self.response = response
            self.certificates = certificates
        }
    }

    /// Where it stands: `sig/seal.1.ssh.sig`, `record 3`.
    public var place: String
    public var kind: SignatureKind
    public var coverage: Coverage
    /// The exact bytes that must be what was signed.
    public var message: [UInt8]
    /// As in ``MadeSignature/encoded``: what a time stamp is over.
    public var encoded: [UInt8]
    /// When it was made, as whoever made it says: the time of sealing, or the record's. In seconds since 1970.
    public var claimedTime: Int64
    public var timestamps: [Timestamp]
    /// A time at which it was there already, as something else proves that is to be believed (a time stamp over a later
    /// record); nil if nothing does. In seconds since 1970.
    public var provedBy: Int64?

    public init(
        place: String, kind: SignatureKind, coverage: Coverage, message: [UInt8], encoded: [UInt8], claimedTime: Int64,
        timestamps: [Timestamp] = [], provedBy: Int64? = nil
    ) {
        self.place = place
        self.kind = kind
        self.coverage = coverage
        self.message = message
        self.encoded = encoded
        self.claimedTime = claimedTime
        self.timestamps = timestamps
        self.provedBy = provedBy
    }
}
