internal import Archive
internal import ArgumentParser
internal import Bundle
internal import Collection
internal import CollectorSteps
internal import Glibc
internal import KubernetesClient
internal import Terminal

/// What to capture and from where.
struct TargetFlags: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "What to capture: pod/NAME, a workload such as deployment/NAME, namespace/NAME, cluster, host.",
            valueName: "target"))
    var targets: [String] = []

    @Option(
        name: [.customShort("n"), .long], help: "Namespace of pods and workloads; alone it means the whole namespace.")
    var namespace: String?

    @Option(
        name: [.customShort("l"), .long],
        help: "Pods with these labels (app=web,tier!=cache), and what belongs to them.")
    var selector: String?

    @Option(
        name: .customLong("container"),
        help: ArgumentHelp(
            "With host: only this container of it, and which host it is. The beginning of an identifier, a name, NAMESPACE/POD/CONTAINER, or all. Repeatable.",
            valueName: "container"))
    var containers: [String] = []

    @Option(
        help: ArgumentHelp(
            "Kubeconfig file; else $KUBECONFIG, ~/.kube/config, or the service account of a pod.", valueName: "file"))
    var kubeconfig: String?

    @Option(help: "Context of the kubeconfig.")
    var context: String?

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp(
            "Act as this user, if you may (RBAC verb impersonate): system:serviceaccount:NAMESPACE:NAME, or a name.",
            valueName: "user"))
    var asUser: String?

    @Option(
        name: .customLong("as-group"),
        help: ArgumentHelp("Act as a member of this group, with --as. Repeatable.", valueName: "group"))
    var asGroups: [String] = []

    func validate() throws {
        if asUser == nil, !asGroups.isEmpty { throw ValidationError("--as-group goes with --as.") }
        if asUser?.isEmpty == true { throw ValidationError("--as wants the name of a user.") }
        if containers.contains("") { throw ValidationError("--container wants the name or the identifier of one.") }
    }

    /// How the kubeconfig's context is used, with what the command line says of it.
    func access() throws(KubernetesError) -> ClusterAccess {
        let config = try Kubeconfig.load(explicitPath: kubeconfig, environment: ClusterConnection.environment())
        var access = try config.access(context: context, namespace: namespace)
        if let asUser { access.impersonation = ClusterAccess.Impersonation(user: asUser, groups: asGroups) }
        return access
    }

    /// What the arguments mean together.
    func specifications() throws -> [TargetSpecification] {
        var result: [TargetSpecification] = []
        for text in targets {
            guard let specification = TargetSpecification(text) else {
                throw ValidationError(
                    "\(text) is no target. Write pod/NAME, deployment/NAME, namespace/NAME, cluster or host.")
            }
            if !result.contains(specification) { result.append(specification) }
        }
        if let selector { result.append(.selector(selector)) }
        if result.isEmpty, let namespace { result.append(.namespace(namespace)) }
        if result.isEmpty, !containers.isEmpty { result.append(.host) }
        if !containers.isEmpty, !result.contains(.host) {
            throw ValidationError(
                "--container is one that runs on this host: exhibit collect host --container NAME. A pod is captured with all its containers."
            )
        }
        if namespace != nil, !result.contains(where: \.needsCluster), !result.isEmpty {
            throw ValidationError(
                "-n names a namespace of a cluster, but no target is in a cluster. To capture both: host namespace/NAME."
            )
        }
        guard !result.isEmpty else {
            throw ValidationError(
                "Say what to capture: pod/NAME, deployment/NAME, namespace/NAME, -n NAMESPACE, -l SELECTOR, cluster or host."
            )
        }
        return result
    }
}

/// What the bundle says about the case.
struct CaseFlags: ParsableArguments {
    @Option(name: .customLong("case"), help: ArgumentHelp("Case or ticket number.", valueName: "id"))
    var caseID: String?

    @Option(help: ArgumentHelp("Evidence number.", valueName: "number"))
    var evidence: String?

    @Option(help: ArgumentHelp("Why this is captured.", valueName: "text"))
    var purpose: String?

    @Option(
        name: .customLong("operator"), help: ArgumentHelp("Who captures; else the user and host.", valueName: "name"))
    var operatorName: String?

    @Option(help: ArgumentHelp("By whose authority, or under which order.", valueName: "text"))
    var authorisation: String?

    @Option(
        help: ArgumentHelp(
            "Key of the case: makes equal secret values comparable between bundles without disclosing them. Made when it is not there.",
            valueName: "file"))
    var caseKey: String?
}

/// How far the capture goes.
struct CaptureFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp("How far back logs, journal and changed files go: 30m, 2h, 7d.", valueName: "duration"),
        transform: Self.duration)
    var since: Duration?

    @Option(help: ArgumentHelp("Only this many last lines of each log.", valueName: "lines"))
    var tail: Int?

    @Option(
        name: .customLong("deadline"),
        help: ArgumentHelp(
            "When to stop and seal what there is, from the start of the command; it ends within 5 s after that. Else what the profile says.",
            valueName: "duration"), transform: Self.duration)
    var givenDeadline: Duration?

    @Option(
        name: .customLong("touch"),
        help:
            "How much the target may be touched: none (API reads only), exec (also run commands in containers), or agent (also run a pod of ours on the targets' nodes, which sees containers without tools; needs --agent-image). Else what the configuration says; else collect asks on a terminal; else exec."
    )
    var givenTouch: Touch?

    @Option(
        name: .customLong("sample"),
        help: ArgumentHelp(
            "Look at sockets and processes again each second for this long (1h at most), beside everything else: 30s, 5m.",
            valueName: "duration"), transform: Self.duration)
    var sampleLength: Duration?

    @Option(help: ArgumentHelp("Captures under way at once.", valueName: "number"))
    var concurrency: Int = 8

    @Option(
        help: ArgumentHelp(
            "The most requests a second to the API server, evenly spaced; else as many as are under way at once. Where it says \"later\" (429), all wait.",
            valueName: "number"))
    var qps: Int?

    enum Touch: String, ExpressibleByArgument, CaseIterable {
        case none, exec, agent
    }

    var touch: Touch { givenTouch ?? .exec }

    var deadline: Duration { givenDeadline ?? .seconds(900) }

    var sampling: Sampling? { sampleLength.map { Sampling(length: $0) } }

    /// What to say when samples would end before their time.
    var sampleCut: String? {
        guard let sampleLength, sampleLength > deadline else { return nil }
        return "--sample is for longer than the run may take: it will be cut off; give --deadline, too"
    }

    /// With what the profile says where the command line says nothing.
    func filled(by limits: ProfileDefinition.Limits) -> CaptureFlags {
        var flags = self
        flags.givenDeadline = givenDeadline ?? limits.deadline
        flags.since = since ?? limits.since
        flags.tail = tail ?? limits.tail
        return flags
    }

    func validate() throws {
        guard (1...64).contains(concurrency) else { throw ValidationError("--concurrency is from 1 to 64.") }
        if let qps, !(1...10_000).contains(qps) { throw ValidationError("--qps is from 1 to 10000.") }
        if let sampleLength, !Sampling.lengths.contains(sampleLength) {
            throw ValidationError("--sample is from 1s to 1h.")
        }
        if let tail, !RunBounds.lines.contains(tail) {
            throw ValidationError("--tail is at least \(RunBounds.lines.lowerBound).")
        }
    }

    @Sendable private static func duration(_ text: String) throws -> Duration {
        guard let duration = RunBounds.duration(text) else {
            throw ValidationError("\(text) is not \(RunBounds.durationWords).")
        }
        return duration
    }
}

/// Where the bundle goes.
struct OutputFlags: ParsableArguments {
    @Option(
        name: [.customShort("o"), .customLong("out")],
        help: ArgumentHelp(
            "File (NAME.tar.zst, NAME.tar.gz or NAME.tar, with .age behind it if it is to be encrypted), a folder ending in / for a name of its own making, or - for standard output.",
            valueName: "file")
    )
    var out: String?

    @Option(
        help: ArgumentHelp(
            "What goes to standard output: tar.zst (default), tar.gz or tar.", valueName: "container"),
        transform: Self.container)
    var format: Container?

    @Option(
        help: ArgumentHelp(
            "Compression level: 1 to 19 for .tar.zst (default 1), 1 to 12 for .tar.gz (default 6).", valueName: "level")
    )
    var level: Int?

    @Option(
        help: ArgumentHelp(
            "How large the bundle may become (4MiB at least, as in 500MiB, 2GiB): what does not fit any more is left out, and listed.",
            valueName: "size"), transform: Self.size)
    var maxSize: UInt64?

    @Sendable static func size(_ text: String) throws -> UInt64 {
        guard let bytes = RunBounds.size(text) else {
            throw ValidationError("\(text) is not \(RunBounds.sizeWords).")
        }
        return bytes
    }

    /// Whether the bundle goes to standard output: what is said of it goes to standard error then.
    var isStream: Bool { out == "-" }

    @Sendable private static func container(_ text: String) throws -> Container {
        guard let container = Container.allCases.first(where: { $0.fileExtension == "." + text }) else {
            throw ValidationError("\(text) is no container. Write tar.zst, tar.gz or tar.")
        }
        return container
    }

    func validate() throws {
        var container = format ?? .tarZstd
        if format != nil, !isStream {
            throw ValidationError("--format is for --out -: the end of a file's name says what it is.")
        }
        if isStream, TerminalDevice.isTerminal(STDOUT_FILENO) {
            throw ValidationError("A bundle is not for a terminal: send --out - into a pipe or a file.")
        }
        if let out, !isStream, !OutputPath.isFolder(out) {
            guard let named = BundleFileName(out) else {
                throw ValidationError(
                    "\(out) is no name for a bundle: it must end in .tar.zst, .tar.gz or .tar, or in / for a folder.")
            }
            container = named.container
        }
        // A .tar is not compressed, whatever the level.
        if let level, container != .tar, !container.levels.contains(level) {
            throw ValidationError(
                "--level is from \(container.levels.lowerBound) to \(container.levels.upperBound)"
                    + " for \(container.fileExtension).")
        }
    }
}

/// How results are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}
