public import BundleFormat

/// A sealed bundle that was made of one whose writer was killed.
public struct RecoveredBundle: Hashable, Sendable {
    /// What was proved.
    public struct Proof: Hashable, Sendable {
        /// As it stands in the bundle.
        public let record: RecoveryRecord
        /// Of the last checkpoint that holds, in nanoseconds since 1970-01-01 UTC.
        public let checkpointTime: Int64
        /// Why nothing behind that checkpoint counts, as a clause.
        public let reason: String
        /// How many attempts had not ended.
        public let unendedAttempts: Int
    }

    public let sealed: SealedBundle
    /// Nil when the writer had sealed it and only its name was missing: then nothing was lost.
    public let proof: Proof?
    /// The key that certified the run's key when the bundle was opened: `SHA256:…`. Whose it is, verification says.
    public let opener: String
    /// That key is the run's own: it says nothing about who.
    public let isOpenedByRunKey: Bool
}
