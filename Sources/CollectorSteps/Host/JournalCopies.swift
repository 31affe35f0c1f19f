internal import Collection
internal import LinuxHost

/// Copies a journal's files as they are, for `journalctl --file` elsewhere: the format is systemd's own business.
struct JournalCopies: Sendable {
    let root: String
    /// Files that were last written to before are not of interest.
    let since: Timestamp

    /// Those written to last come first: what there is no room for is old.
    func run(_ list: JournalFileList, _ context: AttemptContext) async throws -> Outcome {
        let files = list.files.filter { $0.modified >= since }.sorted { $0.modified > $1.modified }
        guard !files.isEmpty else { return .empty }
        var copied = 0
        var refused: HostError?
        var tooLarge = 0
        for file in files {
            // A part of such a file is of no use to anybody.
            guard file.size <= context.limits.bytes - min(context.limits.bytes, context.bytes) else {
                tooLarge += 1
                continue
            }
            let path = file.path.bytes.split(separator: UInt8(ascii: "/")).suffix(2).map(Array.init)
            let entry = try await context.entry(
                ["host", "journal", "files"].map { Array($0.utf8) } + path, media: .binary)
            do {
                try await LogFileCopy.write(file, root: root, to: entry)
                copied += 1
            } catch let error as HostError {
                refused = refused ?? error
                await entry.abandon()
            }
        }
        if let refused {
            let outcome = HostFailure.outcome(refused)
            guard copied > 0 else { return outcome }
            return .partial(
                "Unreadable",
                "\(files.count - copied - tooLarge) of the journal's files could not be read; the first: \(refused)")
        }
        guard tooLarge == 0 else {
            return .partial(
                "ByteLimit", "\(tooLarge) of the journal's files did not fit into the step's limit of bytes")
        }
        return .ok
    }
}

/// A log file as it was when it was found.
enum LogFileCopy {
    static func write(_ file: LogFile, root: String, to entry: EvidenceEntry) async throws {
        _ = try await BlockingReader.stream(into: entry) { output in
            let descriptor = try file.open(root: root)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
            defer { buffer.deallocate() }
            // No more than it had when it was found: a log that grows while it is read must end.
            var left = file.size
            while left > 0 {
                let count = try descriptor.read(into: buffer, path: file.path)
                if count == 0 { break }
                let kept = min(UInt64(count), left)
                left -= kept
                try output.append { $0.append(contentsOf: buffer[0..<Int(kept)]) }
            }
        }
        try await entry.finish()
    }
}
