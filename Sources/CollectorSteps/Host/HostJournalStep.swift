internal import BundleFormat
package import Collection
package import LinuxHost

/// Step kind `journal`: the systemd journal within the time window; where there is none, the plain log files of `/var/log`.
package struct HostJournalStep: HostStepKind {
    static let kind = StepKind(
        "journal", scopes: [.host],
        summary:
            "The journal within --since (a day if not given); its files as they are where there is no journalctl to read them with, as on the node of a pod; or the plain log files of the system where there is no journal.",
        source: .node, output: .fixed(["host/journal/…"]))

    private let since: Duration
    private let reader: JournalReader
    private let directory: String?
    private let root: String

    init(_: StepDefinition, _ options: HostCapture.Options) {
        self.init(since: options.since, root: options.root)
    }

    /// - Parameters:
    ///   - directory: the folder with the journal's files; nil is this host's own.
    ///   - root: the root with `/var/log`.
    package init(
        since: Duration, reader: JournalReader = JournalReader(), directory: String? = nil, root: String = "/"
    ) {
        self.since = since
        self.reader = reader
        self.directory = directory
        self.root = root
    }

    package func run(_ context: AttemptContext) async throws -> Outcome {
        var query = JournalQuery(since: Timestamp(seconds: Timestamp.now().seconds - since.components.seconds))
        query.maxBytes = Int(min(context.limits.bytes, UInt64(Int.max)))
        query.timeout = context.limits.ownEnd
        query.directory = directory
        let entry = try await context.entry(["host", "journal", "journal.jsonl"], media: .jsonLines)
        // Of another root only the files are there: `journalctl` would show the journal of where it runs.
        let journal =
            root == "/" || directory != nil
            ? try await reader.read(query) { try await entry.write($0) } : JournalOutcome.noProgram
        let place = directory == nil ? root : "/"
        let files = try await BlockingReader.run {
            JournalFileList.find(in: directory.map { [$0] } ?? JournalFileList.folders, root: place)
        }
        switch journal.end {
        case .complete:
            try await entry.finish()
            return complaint(journal, files) ?? .ok
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
        case .empty, .noJournalctl, .noJournal, .denied, .failed:
            if context.bytes == 0 { await entry.abandon() } else { try await entry.finish() }
            if journal.end == .noJournalctl, !files.files.isEmpty {
                return try await JournalCopies(root: place, since: query.since).run(files, context)
            }
            return try await plainFiles(context, after: journal, files)
        }
    }

    /// What kept `journalctl` from showing everything, although it ended well.
    private func complaint(_ journal: JournalOutcome, _ files: JournalFileList) -> Outcome? {
        if files.unreadable > 0 {
            return .partial(
                "PermissionDenied",
                "\(files.unreadable) of the journal's files may not be read, such as \(files.example?.escaped ?? "")")
        }
        if !journal.message.bytes.isEmpty { return .partial("JournalIncomplete", "journalctl says: \(said(journal))") }
        return nil
    }

    private func said(_ journal: JournalOutcome) -> String {
        String(journal.message.escaped.prefix(400))
    }

    /// What of the journal is not in the bundle although there is one, or may be; nil when there is nothing of it.
    private func loss(_ journal: JournalOutcome, _ files: JournalFileList) -> Outcome? {
        switch journal.end {
        case .denied where files.unreadable > 0:
            .denied("PermissionDenied", complaint(journal, files)?.reason?.message ?? said(journal))
        case .empty where journal.message.bytes.isEmpty:
            complaint(journal, files)
        case .empty, .denied, .failed:
            .error("JournalFailed", "journalctl failed: \(said(journal))")
        case .noJournalctl where files.count > 0:
            .error("NoJournalctl", "there are \(files.count) files of a journal, and no journalctl to read them")
        default:
            files.unreadable > 0 ? complaint(journal, files) : nil
        }
    }

    private func plainFiles(
        _ context: AttemptContext, after journal: JournalOutcome, _ journalFiles: JournalFileList
    ) async throws -> Outcome {
        let loss = loss(journal, journalFiles)
        let files: [LogFile]
        do {
            files = try await BlockingReader.run { try LogFileList.find(root: root) }
        } catch let error as HostError {
            return loss ?? HostFailure.outcome(error)
        }
        var copied = 0
        var refused: HostError?
        for file in files {
            let name = file.path.string.split(separator: "/").last.map(String.init) ?? "log"
            let entry = try await context.entry(
                ["host", "logs", name], media: name.hasSuffix(".gz") ? .binary : .text)
            do {
                try await LogFileCopy.write(file, root: root, to: entry)
                copied += 1
            } catch let error as HostError {
                refused = refused ?? error
                await entry.abandon()
            }
        }
        if let loss {
            let reason = loss.reason?.message ?? ""
            return copied == 0
                ? loss : .partial(loss.reason?.code.rawValue ?? "", "\(reason); \(copied) log files are there instead")
        }
        if let refused {
            let outcome = HostFailure.outcome(refused)
            return copied == 0
                ? outcome
                : .partial("Unreadable", "\(files.count - copied) log files could not be read; the first: \(refused)")
        }
        if copied > 0 { return .ok }
        switch journal.end {
        // journalctl without a journal ends well, too.
        case .empty where journalFiles.count > 0: return .empty
        case .noJournalctl: return .missing("NoJournal", "there is no journalctl, and no log file under /var/log")
        default: return .missing("NoJournal", "there is no journal, and no log file under /var/log")
        }
    }
}
