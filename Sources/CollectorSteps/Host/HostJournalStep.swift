internal import BundleFormat
internal import Collection
internal import LinuxHost

/// Step kind `journal`: the systemd journal within the time window; where there is none, the plain log files of `/var/log`.
struct HostJournalStep {
    let since: Duration

    func run(_ context: AttemptContext) async throws -> Outcome {
        var query = JournalQuery(since: Timestamp(seconds: Timestamp.now().seconds - since.components.seconds))
        query.maxBytes = Int(min(context.limits.bytes, UInt64(Int.max)))
        query.timeout = context.limits.timeout - .seconds(2)
        let entry = try await context.entry(["host", "journal", "journal.jsonl"], media: .jsonLines)
        let journal = try await JournalReader().read(query) { try await entry.write($0) }
        switch journal.end {
        case .complete:
            try await entry.finish()
            return .ok
        case .truncated:
            try await entry.finish()
            return Outcome(
                .partial, reason: .init(code: "ByteLimit", message: "the journal is longer than the limit"),
                truncated: .init(limit: context.limits.bytes))
        case .timedOut:
            return Outcome(
                .timeout, reason: .init(code: "Timeout", message: "journalctl took longer than \(query.timeout)"))
        case .cancelled:
            throw CancellationError()
        case .empty, .noJournalctl, .noJournal, .failed:
            if context.bytes == 0 { await entry.abandon() } else { try await entry.finish() }
            return try await plainFiles(context, after: journal)
        }
    }

    private func plainFiles(_ context: AttemptContext, after journal: JournalOutcome) async throws -> Outcome {
        let why =
            switch journal.end {
            case .empty: "the journal has nothing in the window"
            case .noJournalctl: "there is no journalctl"
            case .noJournal: "there is no journal"
            default: "journalctl failed: \(journal.message.escaped.prefix(200))"
            }
        let files = try await BlockingReader.run { (try? LogFileList.find()) ?? [] }
        var copied = 0
        for file in files {
            let name = file.path.string.split(separator: "/").last.map(String.init) ?? "log"
            let entry = try await context.entry(
                ["host", "logs", name], media: name.hasSuffix(".gz") ? .binary : .text)
            do {
                try await copy(file, to: entry)
                copied += 1
            } catch is HostError {
                await entry.abandon()
            }
        }
        if copied > 0 {
            return copied == files.count
                ? .ok : .partial("Unreadable", "\(files.count - copied) log files could not be read")
        }
        return .missing("NoJournal", "\(why), and no log file under /var/log can be read")
    }

    private func copy(_ file: LogFile, to entry: EvidenceEntry) async throws {
        _ = try await BlockingReader.stream(into: entry) { output in
            let descriptor = try file.open()
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
