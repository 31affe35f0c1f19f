internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import StructuredText

/// Step kind `audit-log`: the API server's audit log, where it is a file below `/var/log` of a node, as that node's kubelet serves it.
struct AuditLogStep: ClusterStepKind {
    static let kind = {
        var kind = StepKind(
            "audit-log", scopes: [.cluster],
            summary:
                "The last events of the API server's audit log, a line each, where that is a file below /var/log of a node: the kubelet serves it, and it comes through the API server, as nodes/proxy. What is no audit event is left out. Of requests about Secrets, ConfigMaps and tokens, bodies (which logs of the levels Request and RequestResponse have), what the answer says in words, and notes of admission webhooks and policies are replaced by keyed hashes; status code and reason stay. A line longer than 8 MiB is left out.",
            source: .api,
            options: [
                StepOption(
                    "nodes", .items, required: true,
                    summary:
                        "Names of nodes; control-plane is all that have this role (32 at most). An item may have several, with commas between them."
                ),
                StepOption(
                    "path", .path, required: true,
                    summary: "The file on the node, as /var/log/kubernetes/audit/audit.log. It lies below /var/log."),
                StepOption(
                    "last", .size(1 << 30), required: true,
                    summary:
                        "At most so many bytes, the file's last ones; where a kubelet does not send parts of files, its first ones, and then the step is partial."
                ),
            ],
            output: .fixed(["nodes/<node>/audit/audit.jsonl"]))
        kind.mustBeNamed = true
        return kind
    }()

    /// What stands for the nodes with the role.
    private static let role = "control-plane"
    /// Source: kubernetes.io, "Well-Known Labels, Annotations and Taints"; the second one up to Kubernetes 1.24.
    private static let labels = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"]
    private static let mostNodes = 32
    /// What kubelets serve files from.
    private static let folder = "/var/log/"

    private struct Enough: Error {}

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    private var documents: DocumentStep { DocumentStep(session: session, definition: definition, step: step) }

    func plan(_ captured: CapturedTargets) -> [PlannedAttempt] {
        let path = step.text("path") ?? ""
        guard path.hasPrefix(Self.folder), !path.hasSuffix("/"), !path.contains("%") else {
            return [
                .settled(
                    collector: definition.name, step: step.name, target: Target(resource: "nodes"), source: .api,
                    volatility: definition.volatility, label: step.name,
                    outcome: .error(
                        "BadPath",
                        "kubelets serve files below \(Self.folder) only, and \(TextSafety.oneLine(path)) is none"))
            ]
        }
        var names: [String] = []
        for item in step.texts("nodes") {
            for part in item.split(separator: ",") {
                let name = String(part.filter { $0 != " " })
                if !name.isEmpty, !names.contains(name) { names.append(name) }
            }
        }
        return names.flatMap { name in
            guard name != Self.role else { return [find()] }
            return read(name).map { attempt in
                var attempt = attempt
                attempt.foresee = { _ in Foresight(await absence(of: name)) }
                return attempt
            }
        }
    }

    /// Finds the nodes with the role, and plans what is read of them.
    private func find() -> PlannedAttempt {
        var attempt = documents.attempt(Target(resource: "nodes"), "nodes of the control plane") { _ in
            let names = try await named()
            session.followUps.add(names.prefix(Self.mostNodes).flatMap(read))
            return refusal(names) ?? .empty
        }
        attempt.foresee = { _ in
            do {
                let names = try await APIOutcome.translating { try await named() }
                return Foresight(refusal(names), next: names.prefix(Self.mostNodes).flatMap(read))
            } catch let failure as StepFailure {
                return Foresight(failure.outcome)
            }
        }
        attempt.needs = [AccessNeed("list", "nodes", namespace: nil), .nodesProxy]
        return attempt
    }

    /// The names of the nodes with the role, sorted.
    private func named() async throws -> [String] {
        let nodes = try session.core("nodes")
        var names: Set<String> = []
        for label in Self.labels {
            _ = try await session.client.list(
                nodes, namespace: nil, labelSelector: label, fieldSelector: nil,
                options: ListOptions(limit: ListCapture.pageSize, maxItemBytes: ListCapture.maxObjectBytes),
                onRestart: { _ in }
            ) { item in
                let name = ObjectMetadata(try JSONValue(parsing: item)).name
                if ObjectMetadata.isName(name) { names.insert(name) }
            }
        }
        return names.sorted()
    }

    private func refusal(_ names: [String]) -> Outcome? {
        guard !names.isEmpty else {
            return .missing(
                "NoNodes",
                "no node has the role \(Self.role): whoever runs the API server has its audit log. Where it is on a node, name that"
            )
        }
        guard names.count > Self.mostNodes else { return nil }
        return .partial("TooMany", "left out \(names.count - Self.mostNodes) of \(names.count) nodes")
    }

    /// How reading of a node would end that is not there; nil where it is, or where who asks may not know.
    private func absence(of node: String) async -> Outcome? {
        guard let nodes = try? session.core("nodes") else { return nil }
        do throws(KubernetesError) {
            _ = try await session.client.get(nodes, namespace: nil, name: node)
            return nil
        } catch {
            switch error.code {
            case .notFound: return Self.noNode(node)
            case .badArgument: return APIOutcome.outcome(error)
            default: return nil
            }
        }
    }

    private static func noNode(_ node: String) -> Outcome {
        .missing("NoNode", "there is no node \(TextSafety.oneLine(node)); the parameter nodes says where to look")
    }

    private func read(_ node: String) -> [PlannedAttempt] {
        let file = ["nodes", node, "audit", "audit.jsonl"]
        guard session.claims.claim(file) else { return [] }
        var attempt = documents.attempt(Target(node: node), "of node \(TextSafety.oneLine(node))") { context in
            try await capture(node, into: file, context)
        }
        attempt.needs = [.nodesProxy]
        attempt.kubelet = node
        return [attempt]
    }

    private func capture(_ node: String, into file: [String], _ context: AttemptContext) async throws -> Outcome {
        let path = (step.text("path") ?? "").dropFirst(Self.folder.count).split(separator: "/").map(String.init)
        let most = step.text("last").flatMap { UnitNotation.bytes($0) } ?? 1 << 20
        var reading = Reading(file: file, context: context, redactor: session.redactor)
        var part: NodeLogPart?
        var came: UInt64 = 0
        do {
            try await session.client.nodeLog(node: node, file: path, last: most) { found, bytes in
                part = found
                let bytes = bytes.prefix(Int(min(most - came, UInt64(bytes.count))))
                came += UInt64(bytes.count)
                try await reading.take(bytes, of: found)
                // From the file's beginning there may be no end.
                if found.size == nil, came == most { throw Enough() }
            }
        } catch is Enough {
        } catch let error as KubernetesError where error.code == .notFound {
            // The API server's word comes with a reason; a kubelet's has none.
            guard error.statusReason == nil else { return Self.noNode(node) }
            return .missing(
                "NoAuditLog",
                "the node has no \(Self.folder)\(path.joined(separator: "/")), or its kubelet serves no files; the parameters nodes and path say where to look"
            )
        }
        guard let part else { return .empty }
        try await reading.finish()
        return outcome(reading, part, came)
    }

    private func outcome(_ reading: Reading, _ part: NodeLogPart, _ came: UInt64) -> Outcome {
        let (events, others) = (reading.lines?.events ?? 0, reading.lines?.others ?? 0)
        let tooLong = reading.lines?.tooLong ?? 0
        if events == 0, tooLong == 0, came > 0 {
            return .error("NotAuditLog", "no line of it is an audit event, so nothing of it is kept")
        }
        let all = events + others + tooLong
        let longer = "longer than \(AuditLines.maxLineBytes >> 20) MiB"
        if others > 0 {
            let more = tooLong > 0 ? ", and \(tooLong) \(longer)" : ""
            return .partial("NotEvents", "\(others) of \(all) lines are no audit events\(more): left out")
        }
        if tooLong > 0 {
            return .partial("TooLong", "\(tooLong) of \(all) lines are \(longer): left out")
        }
        if part.size == nil, came == step.text("last").flatMap({ UnitNotation.bytes($0) }) {
            return .partial(
                "NoParts", "the kubelet sends no parts of files: these are the first \(came) bytes, and not the last")
        }
        let state: AttemptState = events == 0 ? .empty : .ok
        guard part.start > 0 else { return Outcome(state) }
        return Outcome(state, truncated: Truncation(members: ["tailBytes": JSONValue(came)]))
    }
}

/// What is kept of a log while it comes: nothing is opened before there is an event.
private struct Reading {
    let file: [String]
    let context: AttemptContext
    let redactor: SecretRedactor
    private(set) var lines: AuditLines?
    private var entry: EvidenceEntry?
    private var output: [UInt8] = []

    init(file: [String], context: AttemptContext, redactor: SecretRedactor) {
        self.file = file
        self.context = context
        self.redactor = redactor
    }

    mutating func take(_ bytes: ArraySlice<UInt8>, of part: NodeLogPart) async throws {
        var lines = lines ?? AuditLines(redactor: redactor, beginsMidway: part.start > 0)
        lines.take(bytes, into: &output)
        self.lines = lines
        try await write()
    }

    mutating func finish() async throws {
        lines?.finish(into: &output)
        try await write()
        try await entry?.finish()
    }

    private mutating func write() async throws {
        guard !output.isEmpty else { return }
        if entry == nil { entry = try await context.entry(file, media: .jsonLines) }
        try await entry?.write(output)
        output.removeAll(keepingCapacity: true)
    }
}
