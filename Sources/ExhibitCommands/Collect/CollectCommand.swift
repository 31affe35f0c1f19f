internal import Archive
internal import ArgumentParser
internal import Bundle
internal import BundleFormat
internal import Collection
internal import CollectorSteps
internal import Cryptography
internal import Glibc
internal import KubernetesClient
internal import Settings
internal import Terminal

/// `exhibit collect`: captures targets into one sealed bundle.
struct CollectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collect",
        abstract: "Captures targets into one sealed bundle, the most volatile first.",
        discussion: """
            exhibit collect pod/api-7d9 -n prod         a pod, its owners and everything that refers to it
            exhibit collect deployment/api -n prod      any workload: its pods and what belongs to them
            exhibit collect -n prod                     a whole namespace
            exhibit collect -n prod -l app=api          pods by label
            exhibit collect cluster host                the whole cluster, and this host
            exhibit collect host --container web        a container of this host: Podman, Docker, containerd, CRI-O
            exhibit collect host --encrypt-to alice.pub for certain eyes only; no plaintext touches the disk

            Ctrl-C and the deadline seal what there is. What could not be had is in the bundle's ledger, with the reason.
            """)

    @OptionGroup(title: "Target") var target: TargetFlags
    @OptionGroup(title: "Case") var caseFlags: CaseFlags
    @OptionGroup(title: "Capture") var capture: CaptureFlags
    @OptionGroup(title: "Node agents") var agents: AgentFlags
    @OptionGroup(title: "Collectors") var collectors: CollectorFlags
    @OptionGroup(title: "Bundle") var output: OutputFlags
    @OptionGroup(title: "Signing") var signing: SigningFlags
    @OptionGroup(title: "Configuration") var configuration: ConfigurationFlags
    @OptionGroup(title: "Encryption") var encryption: RecipientFlags

    @Flag(help: "Captures nothing: says what would be tried, and what of it is not allowed. See also: exhibit doctor.")
    var dryRun = false

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    func validate() throws {
        // Whom the configuration names is known later.
        if let out = output.out, !output.isStream, !OutputPath.isFolder(out), encryption.isGiven {
            try encryption.check(name: out)
        }
    }

    func run() async throws {
        let start = ContinuousClock.now
        let specifications: [TargetSpecification]
        do {
            specifications = try target.specifications()
        } catch {
            Self.exit(withError: error)
        }
        if dryRun {
            return try await RenderingFailure.reporting("collect --dry-run", format) {
                let standing = try configuration.read()
                var capture = capture
                capture.givenTouch = TouchQuestion(capture: capture, standing: standing).given
                let forecast = CaptureForecast(
                    target: target, capture: capture, collectors: collectors, maxSize: output.maxSize,
                    reach: .looking,
                    agents: try agents.policy(standing, for: specifications, touch: capture.touch))
                return try await ForecastReport(forecast.made(for: specifications)).write(format)
            }
        }
        let progress = LiveProgress("collect \(specifications.map(\.text).joined(separator: " "))")
        var drawing: Task<Void, Never>?
        defer { drawing?.cancel() }
        do {
            let selection = try collectors.selection { progress.log($0, .warning) }
            let standing = try configuration.read()
            var command = self
            command.capture = TouchQuestion(
                capture: capture.filled(by: selection.profile.limits), standing: standing
            ).answered(specifications, selection.catalog) { progress.log($0) }
            drawing = Task { await progress.run() }
            command.output.maxSize = output.maxSize ?? selection.profile.limits.maxSize
            if let words = command.capture.sampleCut { progress.log(words, .warning) }
            let deadline = RunDeadline(command.capture.deadline, from: start)
            let report = try await command.collect(specifications, selection, standing, deadline, progress)
            progress.finish()
            report.write(format, to: output.isStream ? STDERR_FILENO : STDOUT_FILENO)
            throw ExitCode(report.status.rawValue)
        } catch let code as ExitCode {
            throw code
        } catch {
            progress.finish()
            let status = CollectFailure.status(error)
            CollectReport.writeFailure(error, status, format, to: output.isStream ? STDERR_FILENO : STDOUT_FILENO)
            throw ExitCode(status.rawValue)
        }
    }

    private func collect(
        _ specifications: [TargetSpecification], _ selection: CollectorCatalog.Selection,
        _ standing: UserConfiguration, _ deadline: RunDeadline, _ progress: LiveProgress
    ) async throws -> CollectReport {
        let recipients =
            encryption.isGiven ? try encryption.recipients() : try Recipients.read(standing.recipients)
        let signers = try signing.signers(standing, within: deadline.agentPatience)
        let timestamps = try signing.timestamps(standing)
        if !signers.isEmpty, !signers.contains(where: { $0.kind == .ssh }) {
            progress.log(
                "a certificate seals, and cannot certify the run's key at the beginning: add --key or --agent for that",
                .warning)
        }
        let policy = try agents.policy(standing, for: specifications, touch: capture.touch)
        let clock = RunClock()
        let host = try await HostPlan.made(
            specifications, target, named: collectors.added + selection.profile.collectors, capture)
        if let words = host?.sampleGap { progress.log(words, .warning) }
        let (connection, clusterFailure) = try await connect(specifications, deadline, progress)
        defer { if let client = connection?.client { Task { await client.shutdown() } } }
        let redactor = SecretRedactor(key: try caseKey(needed: connection != nil, progress))
        let record = try Opening(
            targets: target, specifications: specifications, caseFlags: caseFlags, capture: capture,
            profile: selection.profile.name, parameters: selection.values,
            maxSize: output.maxSize, operatorName: caseFlags.operatorName ?? standing.operatorName,
            timestampURLs: signing.timestampURLs(standing), cluster: connection?.record, clusterOrigin: clock.origin
        ).record()
        let path = OutputPath.resolve(output.out, folder: record.folder, isEncrypted: !recipients.isEmpty)
        if !output.isStream, let name = BundleFileName(path), name.isEncrypted != !recipients.isEmpty {
            throw RenderingFailure(
                .usage,
                name.isEncrypted
                    ? "\(path) ends in .age, but nobody is named to encrypt to: give --encrypt-to RECIPIENT"
                    : "the configuration says to whom bundles are encrypted, so \(path) must end in .age; or give --no-config"
            )
        }
        var writing = BundleWriter.Options(
            container: output.format ?? BundleFileName(path)?.container ?? .tarZstd, level: output.level)
        writing.maxBytes = output.maxSize
        writing.recipients = recipients
        let writer = try await BundleWriter(
            opening: record,
            output: output.isStream ? .stream(STDOUT_FILENO, spools: OutputPath.temporaryFolder) : .file(path),
            options: writing, signers: signers, timestamps: timestamps, patience: deadline.agentPatience)
        var options = CaptureEngine.Options()
        options.concurrency = capture.concurrency
        options.patience = deadline.volatilePatience(usual: options.patience)
        let engine = CaptureEngine(
            writer: writer, clock: clock, observer: ProgressObserver(progress), options: options,
            definitions: selection)
        var nodeAgents: NodeAgents?
        if let policy, let connection {
            nodeAgents = NodeAgents(
                client: connection.client, policy: policy, runID: writer.opening.bundle.rawValue,
                lifetime: deadline.agentLifetime,
                now: connection.clock.map { Int($0.now / 1_000) } ?? time(nil), since: capture.since,
                tailLines: capture.tail
            ) { action, target, detail in
                try await writer.custody(
                    action: action.rawValue, target: target, detail: detail, time: RunClock.wall,
                    monotonic: clock.monotonic)
            }
        }
        var agentsLeft: [String] = []
        var summary = engine.summary
        let watch = RunWatch(engine: engine, writer: writer, progress: progress)
        let sealed = try await watch.during(until: deadline.end) {
            do {
                try await attempts(
                    host, selection.catalog, connection, clusterFailure, redactor, nodeAgents, engine)
                if clusterFailure == nil {
                    await engine.run(
                        UnmatchedCollectors.attempts(
                            selection.catalog, named: collectors.added, planned: engine.collectors))
                }
            } catch {
                // What was captured so far is worth more than a clean end.
                await engine.run([ClusterUnavailable.attempt(error)])
            }
            // Whatever ended the run: the nodes are left as they were found.
            for left in await nodeAgents?.removeAll(patience: deadline.removalPatience) ?? [] {
                agentsLeft.append(left.node)
                progress.log(
                    "the agent on \(left.node) may still be there: \(left.reason). It ends by itself by "
                        + "\(nodeAgents?.endsBy ?? ""); exhibit agents clean removes what is left of it", .warning)
            }
            if let failure = engine.failure {
                await writer.abort()
                throw failure
            }
            // What comes while it is sealed ends nothing any more.
            summary = engine.summary
            watch.beginSealing()
            let cost = RunCost(clock: clock, summary: summary, cluster: connection?.client.usage)
            if let error = await cost.write(to: writer) {
                progress.log("what the run cost could not be put into the bundle: \(error)", .warning)
            }
            return try await progress.during("sealing") {
                try await writer.seal(waitingUntil: deadline.sealingWaits)
            }
        }
        if sealed.path != path, !output.isStream {
            progress.log("\(path) was taken meanwhile: the bundle is \(sealed.path)", .warning)
        }
        return CollectReport(
            sealed: sealed, recipients: writer.opening.recipients, summary: summary,
            clusterFailure: clusterFailure, agentsLeft: agentsLeft, isStream: output.isStream)
    }

    private func attempts(
        _ host: HostPlan?, _ catalog: CollectorCatalog, _ connection: ClusterConnection?,
        _ clusterFailure: (any Error)?, _ redactor: SecretRedactor, _ agents: NodeAgents?, _ engine: CaptureEngine
    ) async throws {
        let localAttempts = LocalCapture(catalog: catalog, options: collectors.plugins.options).plan()
        var hostAttempts = try host?.attempts(catalog) ?? []
        guard let connection else {
            if let clusterFailure { hostAttempts.append(ClusterUnavailable.attempt(clusterFailure)) }
            await engine.run(hostAttempts)
            return await engine.run(localAttempts)
        }
        try await ClusterCapture(session: connection.session(redactor, capture, agents: agents), catalog: catalog)
            .run(connection.targets, on: engine, alongside: hostAttempts)
        await engine.run(localAttempts)
    }

    /// A cluster that cannot be had ends the run, unless the host is to be captured too: then it is a line of the ledger.
    private func connect(
        _ specifications: [TargetSpecification], _ deadline: RunDeadline, _ progress: LiveProgress
    ) async throws -> (ClusterConnection?, (any Error)?) {
        guard specifications.contains(where: \.needsCluster) else { return (nil, nil) }
        do {
            let connection = try await progress.during("connecting to the cluster") {
                try await ClusterConnection.open(
                    target, specifications, capture,
                    patience: deadline.patience(
                        forConnecting: ClusterConnection.patience, sharing: specifications.contains(.host)))
            }
            if let skew = ClockSkew(connection.record) {
                progress.log("\(skew); times in the ledger are this machine's", .warning)
            }
            return (connection, nil)
        } catch {
            guard specifications.contains(.host) else { throw error }
            progress.log("the cluster cannot be captured: \(error)", .warning)
            return (nil, error)
        }
    }

    /// - Parameter needed: false when nothing with secret values is captured; then no key is made on disk.
    private func caseKey(needed: Bool, _ progress: LiveProgress) throws -> CaseKey {
        if let path = caseFlags.caseKey { return try CaseKey.loadOrCreate(path: path) }
        guard needed else { return try CaseKey.forOneRun() }
        let home =
            getenv("XDG_CONFIG_HOME").map { String(cString: $0) }
            ?? getenv("HOME").map { String(cString: $0) + "/.config" }
        let name = FolderName(source: caseFlags.caseID ?? "default").rawValue
        do {
            return try CaseKey.loadOrCreate(path: "\(home ?? "/root/.config")/exhibit/case-keys/\(name).key")
        } catch {
            progress.log(
                "\(error). Going on with a key for this run alone: secret values cannot be compared with other bundles",
                .warning)
            return try CaseKey.forOneRun()
        }
    }
}
