internal import Collection

extension EvidenceEntry {
    /// Writes all of these, as `append` has each, and ends the entry.
    func finish<Record>(with records: [Record], _ append: (Record, inout [UInt8]) -> Void) async throws {
        var buffer: [UInt8] = []
        for record in records {
            append(record, &buffer)
            if buffer.count >= 64 << 10 {
                try await write(buffer)
                buffer.removeAll(keepingCapacity: true)
            }
        }
        try await write(buffer)
        try await finish()
    }
}
