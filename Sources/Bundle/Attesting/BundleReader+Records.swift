public import BundleFormat

/// Records that were made after a seal, as a chain that nobody was asked about.
public struct UnjudgedRecords: Sendable {
    /// Those that hold as a chain, in order.
    public let records: [AttestationRecord]
    /// Why those behind them do not hold; nil when there are none.
    public let problem: String?
}

extension BundleReader {
    /// The records in the bundle and beside it (section 10). Who vouches for them, only ``Verifier`` can say.
    ///
    /// - Throws: ``BundleError`` when a file of records cannot be read that the caller named.
    public func records(from source: RecordsSource, _ closing: BundleClosing) throws -> UnjudgedRecords {
        guard let seal = closing.sealID else { return UnjudgedRecords(records: [], problem: nil) }
        let sidecar = try source.content(for: path)
        let trail = RecordTrail(
            seal: seal, folded: closing.records, sidecar: sidecar?.content, name: sidecar?.path ?? "")
        return UnjudgedRecords(
            records: trail.items.map(\.record), problem: trail.problem.map { "\($0.place): \($0.error.reason)" })
    }
}
