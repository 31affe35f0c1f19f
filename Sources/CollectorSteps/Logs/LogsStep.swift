internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import StructuredText

/// Step kind `logs`: the current and the previous log of a container, streamed as they come.
struct LogsStep: ContainerStepKind {
    static let kind = StepKind(
        "logs", scopes: [.container],
        summary:
            "The log of the container, streamed as it comes from the API server; --since and --tail cut it. From the host that it runs on also what its runtime has put aside (rotated).",
        source: .api,
        options: [
            StepOption("previous", .flag, summary: "Also the log of the instance before, if there was one; else not."),
            StepOption("timestamps", .flag, summary: "Each line begins with the time the runtime read it; else not."),
            StepOption(
                "files", .flag,
                summary:
                    "Read from the file that the runtime writes, as the kubelet serves it (nodes/proxy), where that is allowed: the same lines, several times as fast. Only the whole log of a container that never restarted; else, and wherever it does not work, as without this option."
            ),
        ],
        output: .fixed([
            "namespaces/<namespace>/pods/<pod>/<container>/<container>/logs/current.log",
            "namespaces/<namespace>/pods/<pod>/<container>/<container>/logs/previous.log",
            "namespaces/<namespace>/pods/<pod>/<container>/<container>/logs/rotated/…",
        ]))

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition
    /// Only so many last lines, or fewer if the operator wants fewer.
    let tail: Int?

    init(session: ClusterSession, definition: CollectorDefinition, step: StepDefinition) {
        self.init(session: session, definition: definition, step: step, tail: nil)
    }

    init(session: ClusterSession, definition: CollectorDefinition, step: StepDefinition, tail: Int?) {
        self.session = session
        self.definition = definition
        self.step = step
        self.tail = [tail, session.options.tailLines].compactMap(\.self).min()
    }

    /// Nothing for a log that another step has planned.
    func plan(_ pod: PodSummary, _ container: PodSummary.Container) -> [PlannedAttempt] {
        let path = ObjectPaths.log(
            namespace: pod.namespace, pod: pod.name, container: container.name, previous: false)
        guard session.claims.claim(path) else { return [] }
        return attempts(pod, container)
    }

    /// The same for a log whose place is its own already.
    func attempts(_ pod: PodSummary, _ container: PodSummary.Container) -> [PlannedAttempt] {
        var attempts = [attempt(pod, container, previous: false)]
        if step.flag("previous"), container.hasPrevious { attempts.append(attempt(pod, container, previous: true)) }
        return attempts
    }

    private func attempt(_ pod: PodSummary, _ container: PodSummary.Container, previous: Bool) -> PlannedAttempt {
        let target = Target.container(namespace: pod.namespace, pod: pod.name, container: container.name)
        let label = "logs \(pod.namespace)/\(pod.name)/\(container.name)\(previous ? " (previous)" : "")"
        guard container.hasStarted else {
            return .settled(
                collector: definition.name, step: step.name, target: target, source: .api,
                volatility: definition.volatility, label: label,
                outcome: .missing("NotStarted", "the container has never run: \(container.condition)"))
        }
        var attempt = PlannedAttempt(
            collector: definition.name, step: step.name, target: target, source: .api,
            volatility: definition.volatility, limits: step.limits, label: label
        ) { context in
            try await APIOutcome.translating {
                try await capture(pod, container, previous: previous, context)
            }
        }
        attempt.kubelet = pod.node
        attempt.needs = [AccessNeed("get", "pods/log", namespace: pod.namespace)]
        return attempt
    }

    /// The kubelet is better at finding where the last lines begin.
    private func mayBeFile(previous: Bool) -> Bool {
        step.flag("files") && !previous && tail == nil && session.options.since == nil
    }

    private func capture(
        _ pod: PodSummary, _ container: PodSummary.Container, previous: Bool, _ context: AttemptContext
    ) async throws -> Outcome {
        let entry = try await context.entry(
            ObjectPaths.log(namespace: pod.namespace, pod: pod.name, container: container.name, previous: previous),
            media: .text)
        if mayBeFile(previous: previous), session.nodeLogs.mayHave(container, of: pod),
            let outcome = try await session.nodeLogs.capture(
                container, of: pod, timestamps: step.flag("timestamps"), client: session.client, into: entry, context)
        {
            if context.bytes == 0 { await entry.abandon() } else { try await entry.finish() }
            return outcome
        }
        var options = LogOptions(container: container.name)
        options.previous = previous
        options.timestamps = step.flag("timestamps")
        options.sinceSeconds = session.options.since.map { Int($0.components.seconds) }
        options.tailLines = tail
        var head = KubeletsWords()
        _ = try await session.client.log(namespace: pod.namespace, pod: pod.name, options: options) { chunk in
            head.append(chunk)
            try await entry.write(chunk)
        }
        let cut =
            tail.map { Truncation(tail: $0) }
            ?? session.options.since.map { Truncation(members: ["sinceSeconds": JSONValue($0.components.seconds)]) }
        if options.timestamps, let (outcome, isLog) = head.outcome {
            if isLog { try await entry.finish() } else { await entry.abandon() }
            return Outcome(outcome.state, reason: outcome.reason, truncated: isLog ? cut : nil)
        }
        try await entry.finish()
        return Outcome(context.bytes == 0 ? .empty : .ok, truncated: cut)
    }
}
