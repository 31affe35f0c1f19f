internal import Archive
internal import BundleFormat
internal import Collection
internal import Dispatch
internal import Glibc
internal import LinuxHost
internal import Synchronization

/// The agent's side of a conversation: does what it is asked for, one job after the other, until its input ends.
///
/// It runs on the node, as root, with few capabilities and for a short time; it only reads. The steps are those of `collect host`.
public struct AgentServer: Sendable {
    public struct Options: Sendable {
        /// Where the host's root directory is; see ``AgentServer/hostRoot()``.
        public var root = AgentServer.hostRoot()
        /// Of the program: version, and SHA-256 of its file; nil where nobody asks for it.
        public var version: String
        public var digest: String?
        /// How long the other side may be silent.
        public var silence = Duration.seconds(20)
        /// How the process is ended when nobody is there any more, whatever it is doing.
        package var exit: @Sendable (Int32) -> Void = { _exit($0) }

        public init(version: String, digest: String?) {
            self.version = version
            self.digest = digest
        }
    }

    private let options: Options
    private let input: Int32
    private let output: AgentOutput
    private let node: NodeView?
    private let inventory = ContainerInventory()
    /// One job is done at a time.
    private let compressor = try? PieceCompressor()

    public init(input: Int32, output: Int32, options: Options) {
        self.input = input
        self.output = AgentOutput(descriptor: output)
        self.options = options
        node = (try? ProcFileSystem()).map { NodeView(proc: $0) }
    }

    /// Returns when nothing more will be asked.
    ///
    /// - Throws: what cannot be understood, or that nobody listens any more.
    public func run() async throws {
        try await output.send(.hello(hello()))
        let requests = AgentInput(descriptor: input, silence: options.silence, exit: options.exit).jobs()
        for try await job in requests {
            try await output.send(.done(await run(job)))
        }
    }

    /// Where a pod that shares the host's processes sees the host's root directory: that of its first process, or where that one may not
    /// be looked at, of the process that has started this one, which is the container runtime's.
    ///
    /// That process may end a moment later (`runc exec` does), so its root directory is held by a descriptor, for as long as this one runs.
    public static func hostRoot() -> String {
        let first = "/proc/1/root"
        let own = identity("/")
        if let found = identity(first), found != own { return first }
        // When it has ended meanwhile, another one is the parent.
        for _ in 0..<10 {
            let descriptor = open("/proc/\(getppid())/root", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            // By this process's number: programs that it runs have no such descriptor of their own.
            let held = "/proc/\(getpid())/fd/\(descriptor)"
            if let found = identity(held), found != own { return held }
            close(descriptor)
        }
        return first
    }

    private static func identity(_ path: String) -> FileIdentity? {
        var status = stat()
        return stat(path + "/", &status) == 0 ? FileIdentity(status) : nil
    }

    private func hello() -> AgentHello {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let proc = try? ProcFileSystem()
        let status = (try? proc?.contents(of: "\(getpid())/status", limit: 64 << 10))?.bytes
        return AgentHello(
            version: options.version, digest: options.digest,
            bootID: Self.text(try? proc?.contents(of: "sys/kernel/random/boot_id", limit: 100)),
            wall: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec),
            capabilities: status.map(Self.effectiveCapabilities) ?? "")
    }

    private static func text(_ contents: FileContents?) -> String {
        String(decoding: contents?.bytes ?? [], as: UTF8.self).filter { !$0.isWhitespace }
    }

    private static func effectiveCapabilities(_ status: [UInt8]) -> String {
        let line = status.split(separator: 0x0A).first { $0.starts(with: "CapEff:".utf8) } ?? []
        return String(decoding: line.dropFirst(7), as: UTF8.self).filter { !$0.isWhitespace }
    }

    /// Does a job within its time. Whatever goes wrong is an outcome.
    private func run(_ job: AgentJob) async -> Outcome {
        let limits = StepLimits(timeout: .milliseconds(job.timeoutMilliseconds), bytes: job.bytes)
        let context = AttemptContext(
            target: Target(), limits: limits, keeper: AgentKeeper(output: output, compressor: compressor),
            clock: RunClock(), failed: { _ in })
        let outcome: Outcome
        do {
            outcome = try await HostFailure.translating { try await work(job, limits, context) }
        } catch let failure as StepFailure {
            outcome = failure.outcome
        } catch is CancellationError {
            outcome = .error("Cancelled", "was cut off")
        } catch {
            outcome = .error("Unexpected", TextSafety.oneLine("\(error)"))
        }
        await context.close()
        return outcome
    }

    private func work(_ job: AgentJob, _ limits: StepLimits, _ context: AttemptContext) async throws -> Outcome {
        let definition: CollectorDefinition
        do {
            definition = try CollectorDefinitionDecoder(file: "job", kinds: StepRegistry.kinds).decode(job.definition)
                .resolving(job.values)
        } catch {
            return .error("BadDefinition", TextSafety.oneLine("the node agent cannot read the collector: \(error)"))
        }
        guard definition.steps.indices.contains(job.step) else {
            return .error("BadDefinition", "the collector has no such step")
        }
        var step = definition.steps[job.step]
        step.limits = limits
        guard let wanted = job.container else {
            var host = HostCapture.Options()
            host.root = options.root
            if let seconds = job.sinceSeconds { host.since = .seconds(seconds) }
            guard let kind = StepRegistry.host(step.kind) else { return Self.notHere(step) }
            return try await kind.init(step, host).run(context)
        }
        guard let kind = StepRegistry.nodeContainer(step.kind) else { return Self.notHere(step) }
        guard let node else { return .error("NoProc", "the node agent cannot read /proc") }
        var container = wanted.described
        // Where its files are, the API server says: for these nobody has to look through the processes of the node.
        if kind.needsProcesses {
            guard let found = try await inventory.container(wanted, node, root: options.root) else {
                return .missing("NotOnNode", "no running container with this identifier was found on the node")
            }
            container = found
        }
        let nodeOptions = NodeOptions(
            since: job.sinceSeconds.map { .seconds($0) }, tailLines: job.tailLines, root: options.root)
        return try await kind.init(step, nodeOptions).run(container, node, context, place: [])
    }

    private static func notHere(_ step: StepDefinition) -> Outcome {
        .skipped("NotOnNode", "\(step.kind.name) is nothing that a node agent does")
    }
}

extension AgentJob.Container {
    /// All that the API server says of it.
    fileprivate var described: HostContainer {
        var container = HostContainer(
            id: id ?? "", runtime: runtime == "docker" ? .docker : .unknown, controlGroup: "")
        container.pod = HostContainer.Pod(namespace: namespace, name: pod, uid: uid, container: name)
        container.name = name
        return container
    }
}

/// The containers of the node, read when the first one is asked for, and again for one that was not there then.
private actor ContainerInventory {
    private var snapshot: ContainerSnapshot?

    func container(_ wanted: AgentJob.Container, _ node: NodeView, root: String) async throws -> HostContainer? {
        if let found = match(wanted) { return found }
        let proc = node.files
        snapshot = try await BlockingReader.run { try ContainerReader(proc: proc, root: root).read() }
        return match(wanted)
    }

    private func match(_ wanted: AgentJob.Container) -> HostContainer? {
        guard let id = wanted.id, var found = snapshot?.containers.first(where: { $0.id == id }) else { return nil }
        // What the API server says of it is known; what lies on the node may say otherwise.
        found.pod = wanted.described.pod
        return found
    }
}
