package import Archive
public import BundleFormat

/// What is known about a bundle after it was verified: four questions, answered each for itself, and a verdict.
public struct Verification: Sendable {
    public enum State: String, Hashable, Sendable {
        case passed, failed
        /// There was nothing to check it against, or it could not be got at.
        case notChecked
    }

    /// The answer to one question.
    public struct Answer: Sendable {
        public internal(set) var state: State
        /// At most 200; `suppressed` counts the rest.
        public internal(set) var findings: [Finding] = []
        public internal(set) var suppressed = 0
    }

    public enum Verdict: String, Hashable, Sendable, CaseIterable {
        /// Unchanged, complete, and the anchors from outside say whose it is.
        case authentic
        /// Nothing contradicts itself, but no anchor was given: anyone can rebuild a bundle under a fresh key.
        case consistentNotAuthenticated
        /// Nothing contradicts itself, but it is not the seal, or not by the signer, that was asked for.
        case notAuthentic
        /// Part of it is missing.
        case incomplete
        /// Something was changed, or damaged.
        case failed
        /// A time stamp does not hold, or the one that was asked for is not there. The rest holds.
        case timeNotProved
    }

    /// Somebody who had to sign.
    public struct Demand: Hashable, Sendable {
        public let required: RequiredSigner
        /// The signature that is by them; nil if none is.
        public let place: String?
    }

    /// How much there is.
    public struct Counts: Hashable, Sendable {
        /// Files that were read completely.
        public var files: UInt64 = 0
        /// Those that have an index line or should.
        public var entries: UInt64 = 0
        public var payloadFiles: UInt64 = 0
        public var payloadBytes: UInt64 = 0
        public var attempts: UInt64 = 0
        public var states: [AttemptState: UInt64] = [:]
        public var custodyLines: UInt64 = 0
        public var checkpoints: UInt64 = 0
        /// Segments whose salted hashes were recomputed; 0 unless `deep`.
        public var segments: UInt64 = 0

        public init() {}
    }

    /// What of a damaged archive is still there: every entry, looked at for itself.
    public struct Survey: Hashable, Sendable {
        /// Index lines.
        public internal(set) var entries: UInt64
        /// Entries that are what their index line says.
        public internal(set) var whole: UInt64
        /// Whether `seal.sha256` covers the index: then whole entries are as they were sealed, if the seal is to be
        /// believed.
        public let isIndexSealed: Bool
        /// Of that seal; nil when it could not be read.
        public let sealID: SealID?
    }

    /// Is it as it was sealed?
    public internal(set) var integrity = Answer(state: .passed)
    /// Is all of it there?
    public internal(set) var completeness = Answer(state: .passed)
    /// Whose is it?
    public internal(set) var identity = Answer(state: .notChecked)
    /// When was it sealed?
    public internal(set) var time = Answer(state: .notChecked)

    public internal(set) var opening: OpeningRecord?
    public internal(set) var sealID: SealID?
    /// What the bundle says of its recovery; nil when it was sealed by the run that made it.
    public internal(set) var recovery: RecoveryRecord?
    /// The valid signatures over the seal, in `sig/`.
    public internal(set) var signers: [JudgedSignature] = []
    public internal(set) var counts = Counts()
    /// Only when the archive could not be read from front to back, and its index can.
    public internal(set) var survey: Survey?
    /// The last file that was read completely; of a damaged bundle, how far it is whole.
    public internal(set) var lastWholeFile: String?
    /// What the custody log says when it was closed, in nanoseconds since 1970-01-01 UTC: a claim of whoever sealed.
    public internal(set) var claimedSealTime: Int64?
    /// The earliest time that a time stamp to be believed proves for the signature of somebody who was asked for, in seconds
    /// since 1970.
    public internal(set) var provedSealTime: Int64?
    /// Who had to sign, and where they did.
    public internal(set) var requiredSigners: [Demand] = []
    /// Whether the run's key certified itself: nobody known opened the bundle before the capture.
    public internal(set) var isOpenedByRunKey = false
    /// What was recorded after the seal.
    public internal(set) var records = AttestedRecords()
    /// The seal, and what was signed and recorded, as this very verification saw it: for adding to it.
    var attestable: (closing: ClosingFiles, trail: RecordTrail)?
    /// The bundle's file, which was this one all the while; nil where that cannot be told (``ContainerReader/settled(for:)``).
    package internal(set) var file: FileFingerprint?
    /// Whether content roots were recomputed from the segments.
    public internal(set) var isDeep = false

    public var verdict: Verdict {
        if integrity.state == .failed { return .failed }
        if completeness.state == .failed { return .incomplete }
        if identity.state != .failed, time.state == .failed { return .timeNotProved }
        switch identity.state {
        case .failed: return .notAuthentic
        case .passed: return .authentic
        case .notChecked: return .consistentNotAuthenticated
        }
    }

    /// All findings, those of integrity first.
    public var findings: [Finding] {
        integrity.findings + completeness.findings + identity.findings + time.findings
    }

    mutating func add(_ finding: Finding, to question: WritableKeyPath<Verification, Answer>) {
        self[keyPath: question].add(finding)
    }
}

extension Verification.Answer {
    mutating func add(_ finding: Finding) {
        if finding.severity == .failure { state = .failed }
        if findings.count < 200 {
            findings.append(finding)
        } else {
            suppressed += 1
        }
    }
}
