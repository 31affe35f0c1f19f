internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import StructuredText

/// Step kind `logs` in scope `cluster`: logs of pods that are not of the target, such as those of the cluster's name servers.
struct ClusterLogsStep: ClusterStepKind {
    static let kind = {
        var kind = StepKind(
            "logs", scopes: [.cluster],
            summary:
                "The last lines of the logs of pods that may be anywhere in the cluster, found by their labels, and those pods as YAML. What the target has already is not captured twice. In a cluster without such pods it is one line of the ledger, `empty`.",
            source: .api,
            options: [
                StepOption(
                    "labels", .texts, required: true,
                    summary: "Label selectors as kubectl has them (app in (a, b)); a pod is meant by any of them."),
                StepOption(
                    "namespaces", .texts, summary: "Only in these; else in all, which needs the right to list all pods."
                ),
                StepOption(
                    "pods", .number(1...1_000), required: true,
                    summary: "At most so many pods; with more the step is partial."),
                StepOption(
                    "tail", .number(1...1_000_000), required: true,
                    summary: "At most so many last lines of each log; --tail can make it fewer."),
                StepOption(
                    "previous", .flag, summary: "Also the log of the instance before, if there was one; else not."),
                StepOption(
                    "timestamps", .flag, summary: "Each line begins with the time the runtime read it; else not."),
            ],
            output: .fixed([
                "namespaces/<namespace>/pods/<pod>/<pod>.yaml",
                "namespaces/<namespace>/pods/<pod>/<container>/<container>/logs/current.log",
                "namespaces/<namespace>/pods/<pod>/<container>/<container>/logs/previous.log",
            ]))
        kind.mustBeNamed = true
        return kind
    }()

    /// A pod has few containers, as a rule; its spec can have thousands.
    private static let maxLogsPerPod = 32

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    /// Nil: all of them at once.
    private var namespaces: [String?] {
        let named = step.texts("namespaces")
        return named.isEmpty ? [nil] : named
    }

    func plan(_ captured: CapturedTargets) -> [PlannedAttempt] {
        let documents = DocumentStep(session: session, definition: definition, step: step)
        let target = Target.resource("pods", namespace: namespaces.count == 1 ? namespaces[0] : nil)
        var attempt = documents.attempt(target, "of \(definition.name)") { context in try await find(context) }
        attempt.leadsTo = "the logs of the pods that it finds by their labels, \(step.number("pods") ?? 1) at most"
        attempt.needs = namespaces.flatMap { namespace in
            [AccessNeed("list", "pods", namespace: namespace), AccessNeed("get", "pods/log", namespace: namespace)]
        }
        return [attempt]
    }

    /// Finds the pods, keeps their objects, and plans their logs.
    private func find(_ context: AttemptContext) async throws -> Outcome {
        let most = step.number("pods") ?? 1
        let resource = try session.core("pods")
        var seen: Set<String> = []
        var left = 0
        for namespace in namespaces {
            for selector in step.texts("labels") {
                _ = try await session.client.list(
                    resource, namespace: namespace, labelSelector: selector, fieldSelector: nil,
                    options: ListOptions(limit: ListCapture.pageSize, maxItemBytes: ListCapture.maxObjectBytes),
                    onRestart: { _ in }
                ) { item in
                    let pod = PodSummary(try JSONValue(parsing: item))
                    guard ObjectMetadata.isName(pod.name), ObjectMetadata.isName(pod.namespace),
                        seen.insert("\(pod.namespace)/\(pod.name)").inserted
                    else { return }
                    guard seen.count <= most else {
                        left += 1
                        return
                    }
                    try await keep(pod, item, resource, context)
                    session.followUps.add(logs(pod))
                }
            }
        }
        if left > 0 { return .partial("TooMany", "left out \(left) of \(seen.count) pods: the step takes \(most)") }
        return seen.isEmpty ? .empty : .ok
    }

    private func keep(
        _ pod: PodSummary, _ item: ArraySlice<UInt8>, _ resource: APIResource, _ context: AttemptContext
    ) async throws {
        let path = ObjectPaths.pod(namespace: pod.namespace, name: pod.name)
        guard session.claims.claim(path) else { return }
        var yaml = Array("---\n".utf8)
        try YAML.append(
            json: item, to: &yaml, extra: [("apiVersion", resource.groupVersion), ("kind", resource.kind)])
        try await context.entry(path, media: .yaml, bytes: yaml)
    }

    private func logs(_ pod: PodSummary) -> [PlannedAttempt] {
        let step = LogsStep(session: session, definition: definition, step: step, tail: step.number("tail"))
        return pod.containers.prefix(Self.maxLogsPerPod).flatMap { step.plan(pod, $0) }
    }
}
