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
    /// Of the key that sealed: `SHA256:…`.
    public let signer: String
    /// False when the signature is by a key made for this run, which nobody can know.
    public let isSignedByOperator: Bool
    public let counts: Counts
    /// `<bundle>.sha256`; nil when it could not be written.
    public let checksumFile: String?
    /// False when the disk did not confirm the file's name: after a power cut it may be called `NAME.partial`, sealed as it is.
    public let isNameSynced: Bool
}
