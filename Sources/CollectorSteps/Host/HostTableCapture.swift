internal import Collection
internal import LinuxHost

/// Writes one table of the kernel's network state into the bundle, once more when it changed while it was read.
struct HostTableCapture: Sendable {
    /// How it ended.
    struct End: Sendable {
        var records = 0
        var failure: HostError?
        /// It changed each time it was read: some may be missing, or there twice.
        var isInconsistent = false
        var isTruncated = false
        /// Messages that could not be read.
        var malformed = 0
        /// Lines for people that were left out, as they are too many.
        var isTextCut = false
    }

    private static let attempts = 3
    /// The lines for people are written when the records are through: so much of them is kept until then.
    private static let maxText = 16 << 20

    let table: NetworkTable
    let network: HostNetwork
    let folder: [String]

    func run(_ context: AttemptContext) async throws -> End {
        var end = End()
        var text: [UInt8] = []
        for attempt in 1...Self.attempts {
            let entry = try await context.entry(folder + [table.name + ".jsonl"], media: .jsonLines)
            (end, text) = try await read(into: entry)
            if end.isInconsistent, end.failure == nil, !end.isTruncated, attempt < Self.attempts {
                await entry.abandon()
                continue
            }
            if end.failure != nil, end.records == 0 { await entry.abandon() } else { try await entry.finish() }
            break
        }
        if table.hasText, end.records > 0 {
            if end.isTextCut { text += Array("# There are more: \(table.name).jsonl has all of them.\n".utf8) }
            try await context.entry(folder + [table.name + ".txt"], media: .text, bytes: text)
        }
        return end
    }

    private func read(into entry: EvidenceEntry) async throws -> (End, [UInt8]) {
        try await BlockingReader.stream(into: entry) { output in
            // Only one thread at a time has it: this one waits while another works in the host's network.
            nonisolated(unsafe) let output = output
            let read = network.run { () -> Result<(End, [UInt8]), any Error> in
                var end = End()
                var text: [UInt8] = []
                var refused: (any Error)?
                let answer = table.read { record in
                    do {
                        try output.append { record.appendJSONLine(to: &$0) }
                    } catch {
                        refused = error
                        return false
                    }
                    end.records += 1
                    guard let record = record as? any TextRecord else { return true }
                    if text.count < Self.maxText {
                        record.appendText(to: &text)
                        text.append(0x0A)
                    } else {
                        end.isTextCut = true
                    }
                    return true
                }
                if let refused { return .failure(refused) }
                end.failure = answer.failure
                end.isInconsistent = answer.isInconsistent
                end.isTruncated = answer.isTruncated
                end.malformed = answer.malformed
                return .success((end, text))
            }
            switch read {
            case .success(let result): return try result.get()
            case .failure(let failure): return (End(failure: failure), [])
            }
        }
    }
}
