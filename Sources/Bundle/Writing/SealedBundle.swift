public import BundleFormat
public import Cryptography

/// A bundle that is finished.
public struct SealedBundle: Hashable, Sendable {
    /// What is in it.
    public struct Counts: Hashable, Sendable {
        /// Entries that have an index line.
        public var entries: UInt64 = 0
        /// Files below `data/`, and their bytes.
        public var payloadFiles: UInt64 = 0
        public var payloadBytes: UInt64 = 0
        /// Lines of the ledger.
        public var attempts: UInt64 = 0
        public var custodyLines: UInt64 = 0
        public var checkpoints: UInt64 = 0
        /// Entries that were still open at the seal, and so are not in the bundle.
        public var unfinished: Int = 0

        public init() {}
    }

    /// Of the file. Another than was asked for if that name was taken meanwhile.
    public let path: String
    public let sealID: SealID
    /// Of the container file.
    public let sha256: SHA256Digest
    /// In bytes, of the container file.
    public let size: UInt64
    /// Those of `sig/`, at least one.
    public let signatures: [SealedSignature]
    /// Who should have signed and did not.
    public let failedSigners: [FailedSigner]
    public let counts: Counts
    /// `<bundle>.sha256`; nil when it could not be written.
    public let checksumFile: String?
    /// False when the disk did not confirm the file's name: after a power cut it may be called `NAME.partial`, sealed as it is.
    public let isNameSynced: Bool

    /// Of the first who sealed: `SHA256:…` of a key, `cert:…` of a certificate.
    public var signer: String { signatures.first?.fingerprint ?? "" }

    /// False when the only signature is by a key made for this run, which nobody can know.
    public var isSignedByOperator: Bool { signatures.contains { !$0.isOwnKey } }

    /// Whether a time stamp was asked for, and is lacking over one of the signatures.
    public var lacksTimestamp: Bool {
        signatures.contains { signature in
            if case .lacking = signature.timestamp { true } else { false }
        }
    }
}

/// A signature made at the seal.
public struct SealedSignature: Hashable, Sendable {
    /// What became of the wish for a time stamp over it.
    public enum Timestamp: Hashable, Sendable {
        case notAskedFor
        /// It says this time, in seconds since 1970. Whether the authority is to be believed is for a verifier.
        case taken(at: Int64, authority: String, service: String)
        /// Why there is none.
        case lacking(String)
    }

    /// Its file in the bundle.
    public let path: String
    public let kind: SignatureKind
    /// `SHA256:…` of a key, `cert:…` of a certificate.
    public let fingerprint: String
    /// The key's comment or the certificate's subject.
    public let name: String
    /// It was made with the run's key, or one made for a recovery: it says nothing about who.
    public let isOwnKey: Bool
    public internal(set) var timestamp = Timestamp.notAskedFor

    init(path: String, kind: SignatureKind, fingerprint: String, name: String, isOwnKey: Bool) {
        self.path = path
        self.kind = kind
        self.fingerprint = fingerprint
        self.name = name
        self.isOwnKey = isOwnKey
    }

    /// One that was found in a bundle that is sealed already.
    init(_ judged: JudgedSignature) {
        self.init(
            path: judged.place, kind: judged.kind, fingerprint: judged.fingerprint,
            name: judged.certificate?.subject ?? "", isOwnKey: judged.isRunKey)
        if let stamp = judged.timestamps.first(where: \.isValid), let info = stamp.info {
            timestamp = .taken(at: info.seconds, authority: stamp.authority?.subject ?? "", service: "")
        }
    }
}

/// Somebody who should have signed and did not.
public struct FailedSigner: Hashable, Sendable {
    public let fingerprint: String
    public let name: String
    public let reason: String
}
