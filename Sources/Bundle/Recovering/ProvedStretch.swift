internal import BundleFormat
internal import Cryptography

/// What one checkpoint proves: the files since the one before it, its own two at the end, and the lines that it brings.
struct ProvedStretch {
    struct File {
        var path: EntryPath
        var sha256: SHA256Digest
        /// Nil for files that have none.
        var line: IndexLine?
    }

    var files: [File]
    var checkpoint: CheckpointFile
    /// Tar offset behind the checkpoint's signature.
    var end: UInt64
}

/// Why what a partial bundle holds from here on counts for nothing.
struct ProofEnd: Error {
    /// A clause for a person.
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
