public import BundleFormat
public import Cryptography

/// What is known of an entry once it is in the bundle.
public struct EntryReceipt: Hashable, Sendable {
    public let path: EntryPath
    /// In bytes.
    public let size: UInt64
    public let sha256: SHA256Digest
    /// The names the path was made from, where they differ from it.
    public let sourceNames: [SourceName]?

    public init(path: EntryPath, size: UInt64, sha256: SHA256Digest, sourceNames: [SourceName]? = nil) {
        self.path = path
        self.size = size
        self.sha256 = sha256
        self.sourceNames = sourceNames
    }
}

extension LedgerLine {
    /// The line of an attempt that produced these entries: their paths, names and bytes.
    public init(
        attempt: Int, collector: String, step: String, target: Target, source: EvidenceSource, via: CaptureWay? = nil,
        state: AttemptState, reason: Reason? = nil, receipts: [EntryReceipt], truncated: Truncation? = nil,
        volatility: Int, started: Int64,
        ended: Int64, monotonic: ClosedRange<Int64>
    ) {
        self.init(
            attempt: attempt, collector: collector, step: step, target: target, source: source, via: via, state: state,
            reason: reason, entries: receipts.map(\.path),
            names: receipts.compactMap { receipt in
                receipt.sourceNames.map { Names(path: receipt.path, sourceNames: $0) }
            },
            bytes: receipts.reduce(0) { $0 + $1.size }, truncated: truncated, volatility: volatility, started: started,
            ended: ended, monotonic: monotonic)
    }
}
