internal import BundleFormat
internal import Collection
internal import LinuxHost

/// Writes what a step reads of the host's files: an entry of JSON lines for each of its tables, and one for what could not be read.
struct HostTables: Sendable {
    /// A file with records of one kind.
    struct Table: Sendable {
        let name: String
        /// Hands out the records, and puts down what it could not read.
        let read: @Sendable (BlockingReader.Output, inout FailureLog) throws -> Void

        /// One whose records are all there at once.
        init<Value: HostRecord>(
            _ name: String, _ records: @escaping @Sendable (inout FailureLog) throws -> [Value]
        ) {
            self.init(streaming: name) { output, failures in
                for record in try records(&failures) { try output.append { record.appendJSONLine(to: &$0) } }
            }
        }

        init(
            streaming name: String, _ read: @escaping @Sendable (BlockingReader.Output, inout FailureLog) throws -> Void
        ) {
            self.name = name
            self.read = read
        }
    }

    /// Below `data/`.
    let folder: [String]

    /// Reads one table after the other.
    ///
    /// - Returns: `ok`, `empty` without any record, `partial` where something could not be read, and `denied` where nothing could for
    /// want of a right.
    func write(_ tables: [Table], _ context: AttemptContext) async throws -> Outcome {
        var all = FailureLog()
        for table in tables {
            let entry = try await context.entry(folder + [table.name], media: .jsonLines)
            let before = context.bytes
            do {
                let failures = try await BlockingReader.stream(into: entry) { output in
                    var failures = FailureLog()
                    try table.read(output, &failures)
                    return failures
                }
                all.add(failures)
            } catch let error as HostError {
                all.record(error)
            }
            // A table without a row is one where there is nothing: of one that could not be read there is a failure.
            if context.bytes == before { await entry.abandon() } else { try await entry.finish() }
        }
        let captured = context.bytes
        try await HostFailure.write(all, folder + ["failures.jsonl"], context)
        guard let first = all.failures.first else { return captured == 0 ? .empty : .ok }
        let words = "could not be read whole: \(all.count), the first: \(first)"
        return captured == 0 && first.code == .permissionDenied
            ? .denied(first.code.ledgerCode, words) : .partial(first.code.ledgerCode, words)
    }
}
