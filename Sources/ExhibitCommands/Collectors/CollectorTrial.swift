internal import Archive
internal import Bundle
internal import BundleFormat
internal import Collection
internal import CollectorSteps
internal import Glibc
internal import KubernetesClient
internal import StructuredText
internal import Terminal

/// Runs one collector into a bundle that only this reads, and takes out what it brought.
struct CollectorTrial {
    struct Output {
        var path: String
        var size: UInt64
        /// Its first lines, as text; what is not UTF-8 is replaced.
        var beginning: String
    }

    struct Attempt {
        var line: LedgerLine
        var outputs: [Output] = []
        /// Files that the step declares and did not begin. It may be meant: a script may begin only what it has something for.
        var absent: [String] = []

        var isWell: Bool { [.ok, .empty].contains(line.state) }
    }

    struct Result {
        let collector: String
        var attempts: [Attempt] = []
        /// What failed that is not this collector's: pods that could not be found.
        var others: [Attempt] = []
        var tables: [TableTrial] = []
        /// Why tables could not be read, with what.
        var tableProblems: [String] = []

        var status: ExitStatus {
            !attempts.isEmpty && (attempts + others).allSatisfy(\.isWell) ? .ok : .collectorFailed
        }
    }

    let definition: CollectorDefinition
    let catalog: CollectorCatalog
    let target: TargetFlags
    let capture: CaptureFlags
    let plugins: PluginFlags
    let shownLines: Int

    /// More files of an attempt are counted only.
    static let maxShownFiles = 100
    /// More of an output is not read for its first lines.
    private static let maxShownBytes = 64 << 10

    func run(_ specifications: [TargetSpecification], _ progress: LiveProgress) async throws -> Result {
        let start = ContinuousClock.now
        let hostPlan = try await HostPlan.made(specifications, target, named: [definition.name], capture)
        let folder = try Self.makeFolder()
        defer { Self.remove(folder) }
        let connection =
            specifications.contains(where: \.needsCluster)
            ? try await ClusterConnection.open(
                target, specifications, capture, patience: ClusterConnection.patience) : nil
        defer { if let client = connection?.client { Task { await client.shutdown() } } }
        let clock = RunClock()
        let writer = try await BundleWriter(
            opening: OpeningRecord(
                folder: FolderName(source: "test"), started: .init(wall: RunClock.wall, boottime: clock.origin),
                tool: .init(name: ToolIdentity.name, version: ToolIdentity.version)),
            outputPath: folder + "/test.tar")
        var options = CaptureEngine.Options()
        options.concurrency = capture.concurrency
        let engine = CaptureEngine(
            writer: writer, clock: clock, observer: ProgressObserver(progress), options: options)
        let watch = RunWatch(engine: engine, writer: writer, progress: progress)
        let deadline = RunDeadline(capture.deadline, from: start)
        // From there its tables are read, as from any bundle.
        if !definition.tables.isEmpty {
            try await writer.definition(name: "\(definition.name).yaml", bytes: Array(definition.source.utf8))
        }
        let sealed = try await watch.during(until: deadline.end) {
            let host = try hostPlan?.attempts(catalog) ?? []
            if let connection {
                let session = connection.session(SecretRedactor(key: try CaseKey.forOneRun()), capture)
                try await ClusterCapture(session: session, catalog: catalog)
                    .run(connection.targets, on: engine, alongside: host)
            } else {
                await engine.run(host)
            }
            await engine.run(LocalCapture(catalog: catalog, options: plugins.options).plan())
            if let failure = engine.failure { throw failure }
            watch.beginSealing()
            return try await writer.seal(waitingUntil: deadline.sealingWaits)
        }
        return try await read(sealed.path)
    }

    private func read(_ path: String) async throws -> Result {
        let reader = try await BundleReader(path: path)
        var result = Result(collector: definition.name)
        var lines: [LedgerLine] = []
        try await reader.ledger { lines.append($0) }
        // As planned, not as they ended.
        for line in lines.sorted(by: { $0.attempt < $1.attempt }) {
            guard line.collector == definition.name else {
                if ![.ok, .empty].contains(line.state), line.collector == "pods" {
                    result.others.append(Attempt(line: line))
                }
                continue
            }
            var attempt = Attempt(line: line, absent: absent(line))
            for path in line.entries.prefix(Self.maxShownFiles) {
                guard let entry = try await reader.entry(path) else { continue }
                attempt.outputs.append(
                    Output(path: path.rawValue, size: entry.size, beginning: try await beginning(of: entry, reader)))
            }
            result.attempts.append(attempt)
        }
        if !definition.tables.isEmpty {
            (result.tables, result.tableProblems) = try await TableTrial.all(
                of: definition.name, in: reader, rows: shownLines)
        }
        return result
    }

    private func absent(_ line: LedgerLine) -> [String] {
        guard [.ok, .partial].contains(line.state), let step = definition.steps.first(where: { $0.name == line.step })
        else { return [] }
        let came = Set(line.entries.compactMap { $0.rawValue.split(separator: "/").last.map(String.init) })
        return step.texts("files").filter { !came.contains($0) }
    }

    private struct Enough: Error {}

    private func beginning(of entry: IndexLine, _ reader: BundleReader) async throws -> String {
        guard shownLines > 0 else { return "" }
        var bytes: [UInt8] = []
        do {
            try await reader.content(of: entry) { piece in
                bytes += piece.prefix(Self.maxShownBytes - bytes.count)
                if bytes.count >= Self.maxShownBytes { throw Enough() }
            }
        } catch is Enough {}
        if bytes.last == 0x0A { bytes.removeLast() }
        let lines = bytes.split(separator: 0x0A, maxSplits: shownLines, omittingEmptySubsequences: false)
        return String(decoding: Array(lines.prefix(shownLines).joined(separator: [0x0A])), as: UTF8.self)
    }

    // MARK: A folder that nobody else can look into

    private static func makeFolder() throws -> String {
        var template = Array((OutputPath.temporaryFolder + "/exhibit-test-XXXXXX").utf8CString)
        guard
            let made = template.withUnsafeMutableBufferPointer({ buffer in buffer.baseAddress.flatMap { mkdtemp($0) } })
        else {
            throw RenderingFailure(
                .outputNotWritable,
                "making a folder in \(OutputPath.temporaryFolder): \(String(cString: strerror(errno))); "
                    + "name another in TMPDIR")
        }
        return String(cString: made)
    }

    /// It holds one file and what is left of it; nothing in it is a folder.
    private static func remove(_ folder: String) {
        guard let directory = opendir(folder) else { return }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            unlink(folder + "/" + name)
        }
        closedir(directory)
        rmdir(folder)
    }
}

// MARK: Words

extension CollectorTrial.Result {
    func lines(_ style: TerminalStyle) -> [String] {
        var lines = (others + attempts).flatMap { $0.lines(style) } + tables.flatMap { $0.lines(style) }
        lines += tableProblems.map { style(.warning, TerminalText.escaped("tables: \($0)")) }
        if attempts.isEmpty {
            lines.append(
                style(.warning, "Nothing was tried: no target is of this collector's scope, or what its select means."))
        }
        let well = attempts.count { $0.isWell }
        lines.append(
            "\(TerminalText.escaped(collector)): \(Quantity.count(attempts.count, "attempt", "attempts")), "
                + "\(Quantity.count(well)) as meant")
        return lines
    }

    var json: JSONValue {
        [
            "collector": .string(collector), "attempts": .array(attempts.map(\.json)),
            "others": .array(others.map(\.json)), "tables": .array(tables.map(\.json)),
            "tableProblems": .array(tableProblems.map { .string($0) }), "exitCode": JSONValue(status.rawValue),
        ]
    }
}

extension CollectorTrial.Attempt {
    private var target: String {
        let target = line.target
        return [target.namespace, target.name ?? target.resource ?? target.kind, target.container].compactMap { $0 }
            .joined(separator: "/")
    }

    fileprivate func lines(_ style: TerminalStyle) -> [String] {
        let state = style(isWell ? .dim : .warning, DisplayWidth.padded(line.state.rawValue, to: 7))
        var lines = ["\(state)  \(TerminalText.escaped("\(line.step)  \(target)"))"]
        if let reason = line.reason {
            lines.append("         \(TerminalText.escaped("\(reason.code.rawValue): \(reason.message)"))")
        }
        if line.truncated != nil { lines.append("         cut off at a limit") }
        if !absent.isEmpty {
            let names = TerminalText.escaped(absent.joined(separator: ", "))
            lines.append("         \(style(.warning, "never begun: \(names)")) (a NUL, the name, a line feed)")
        }
        if line.entries.count > outputs.count {
            lines.append(
                "         \(Quantity.count(line.entries.count, "file", "files")), of which these are the first:")
        }
        for output in outputs {
            lines.append("         \(TerminalText.escaped(output.path))  \(Quantity.bytes(output.size))")
            lines += output.beginning.split(separator: "\n", omittingEmptySubsequences: false).map {
                "         | \(TerminalText.escaped(String($0)))"
            }
        }
        return lines
    }

    fileprivate var json: JSONValue {
        [
            "step": .string(line.step), "target": .string(target), "state": .string(line.state.rawValue),
            "reason": line.reason.map { .string("\($0.code.rawValue): \($0.message)") } ?? .null,
            "files": JSONValue(line.entries.count), "absent": .array(absent.map { .string($0) }),
            "outputs": .array(
                outputs.map {
                    [
                        "path": .string($0.path), "size": JSONValue($0.size), "beginning": .string($0.beginning),
                    ]
                }),
        ]
    }
}
