internal import BundleFormat
internal import Collection
internal import LinuxHost

/// Step kind `identity`: who the host is and how it stands.
struct HostIdentityStep: HostStepKind {
    static let kind = StepKind(
        "identity", scopes: [.host],
        summary: "Who this host is and how it stands: kernel, boot, clock, memory, load.",
        source: .node, output: .fixed(["host/identity.json"]))
    static var placesOthers: Bool { true }

    private let root: String

    init(_: StepDefinition, _ options: HostCapture.Options) {
        root = options.root
    }

    func run(_ context: AttemptContext) async throws -> Outcome {
        let root = root
        let identity = try await BlockingReader.run { SystemReader(proc: try ProcFileSystem(), root: root).read() }
        try await context.entry(["host", "identity.json"], media: .json, bytes: identity.jsonLine)
        guard let first = identity.failures.first else { return .ok }
        return .partial(
            first.code.ledgerCode, "could not be read: \(identity.failures.count), the first: \(first)")
    }
}

/// Step kind `mounts`: the mount table, and how full each file system is that does not hang.
struct HostMountsStep: HostStepKind {
    static let kind = StepKind(
        "mounts", scopes: [.host],
        summary: "The mount table, and how full each file system is that does not hang.",
        source: .node, output: .fixed(["host/mounts.jsonl", "host/mounts.tsv"]))

    private let root: String

    init(_: StepDefinition, _ options: HostCapture.Options) {
        root = options.root
    }

    func run(_ context: AttemptContext) async throws -> Outcome {
        let root = root
        let snapshot = try await BlockingReader.run { try MountReader(proc: ProcFileSystem(), root: root).read() }
        var lines: [UInt8] = []
        for entry in snapshot.entries { entry.appendJSONLine(to: &lines) }
        try await context.entry(["host", "mounts.jsonl"], media: .jsonLines, bytes: lines)
        var table: [UInt8] = []
        MountEntry.appendHeading(to: &table)
        for entry in snapshot.entries { entry.appendRow(to: &table) }
        try await context.entry(["host", "mounts.tsv"], media: .text, bytes: table)
        if snapshot.isCancelled { throw CancellationError() }
        return snapshot.isTruncated ? .partial("LimitReached", "the mount table was longer than the limit") : .ok
    }
}

/// Step kind `kernel`: the kernel's log buffer.
struct HostKernelStep: HostStepKind {
    static let kind = StepKind(
        "kernel", scopes: [.host], summary: "The kernel's log buffer.",
        source: .node, output: .fixed(["host/kernel/log.jsonl"]))

    init(_: StepDefinition, _: HostCapture.Options) {}

    func run(_ context: AttemptContext) async throws -> Outcome {
        let entry = try await context.entry(["host", "kernel", "log.jsonl"], media: .jsonLines)
        let summary = try await BlockingReader.stream(into: entry) { output in
            try KernelLogReader().read { record in
                try output.append { record.appendJSONLine(to: &$0) }
            }
        }
        try await entry.finish()
        if summary.isTruncated { return .partial("LimitReached", "more records than the limit") }
        if summary.overruns + summary.unparsed > 0 {
            return .partial(
                "RecordsLost",
                "\(summary.overruns) times the kernel overwrote what was about to be read, and \(summary.unparsed) records "
                    + "could not be understood")
        }
        return summary.count == 0 ? .empty : .ok
    }
}

/// Step kind `changes` on a host: files that changed within the time window, without following a link or leaving a file system.
struct HostChangesStep: HostStepKind {
    static let kind = StepKind(
        "changes", scopes: [.host],
        summary:
            "Files of this host that changed within --since (a day if not given), without following a link or leaving a file system.",
        source: .node, output: .fixed(["host/changes/changed-files.jsonl"]))

    static var isOfNodes: Bool { false }

    let since: Duration
    private let root: String

    init(_: StepDefinition, _ options: HostCapture.Options) {
        since = options.since
        root = options.root
    }

    func run(_ context: AttemptContext) async throws -> Outcome {
        let now = Timestamp.now()
        var query = ChangedFileQuery(from: Timestamp(seconds: now.seconds - since.components.seconds), to: now)
        // What was found is kept when time runs out: the walk ends itself before it is ended.
        query.deadline = ContinuousClock.now + context.limits.ownEnd
        query.hostRoot = root
        let wanted = query
        let entry = try await context.entry(["host", "changes", "changed-files.jsonl"], media: .jsonLines)
        let summary = try await BlockingReader.stream(into: entry) { output in
            try ChangedFileWalk(wanted, proc: try? ProcFileSystem()).walk { found in
                let file = found.file
                try output.append { file.appendJSONLine(to: &$0) }
            }
        }
        try await entry.finish()
        try await HostFailure.write(summary.failures, ["host", "changes", "failures.jsonl"], context)
        if let stop = summary.stop {
            return Outcome(
                stop == .deadline ? .timeout : .partial,
                reason: .init(
                    code: "Stopped",
                    message:
                        "the walk was ended after \(summary.entries) files looked at (\(stop.rawValue)); what was found is kept"
                ))
        }
        return summary.found == 0 ? .empty : try HostFailure.outcome(summary.failures)
    }
}
