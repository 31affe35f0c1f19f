public import Bundle
public import BundleFormat

/// How each attempt ended, for showing it beside the entries that it made.
public struct AttemptTable: Sendable {
    public struct Row: Hashable, Sendable {
        public let state: AttemptState
        public let source: EvidenceSource
    }

    private var rows: [Int: Row] = [:]

    /// Reads the ledger once; some 40 bytes are kept of each line.
    public init(_ reader: BundleReader) async throws {
        var rows: [Int: Row] = [:]
        try await reader.ledger { rows[$0.attempt] = Row(state: $0.state, source: $0.source) }
        self.rows = rows
    }

    /// Nil for the run's own files (attempt 0).
    public subscript(_ attempt: Int) -> Row? { rows[attempt] }
}
