internal import BundleFormat
internal import Collection

/// Step kind `metrics`: what the kubelet of each node of the target measures. It is what `kubectl top` has its numbers from, so it
/// is there, too, in clusters without a metrics server; and it has volumes and file systems, which the metrics API lacks.
struct MetricsStep: ClusterStepKind {
    static let kind = StepKind(
        "metrics", scopes: [.node],
        summary:
            "What the kubelet of each node that pods of the target are on measures now (/stats/summary): CPU, memory, network and file systems of the node, and of each of its pods, containers and volumes. Through the API server, as nodes/proxy.",
        source: .api, output: .fixed(["nodes/<node>/metrics/summary.json"]))

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    func plan(_ captured: CapturedTargets) -> [PlannedAttempt] {
        let documents = DocumentStep(session: session, definition: definition, step: step)
        return documents.bounded(captured.nodes, "nodes") { node in
            var summary = APIDocument(["api", "v1", "nodes", node, "proxy", "stats", "summary"])
            summary.file = ["nodes", node, "metrics", "summary.json"]
            var attempt = documents.attempt(Target(node: node), "of node \(node)") { [summary] context in
                try await summary.capture(session, context)
            }
            attempt.kubelet = node
            attempt.needs = [.nodesProxy]
            return attempt
        }
    }
}

extension AccessNeed {
    /// What the kubelet serves, read through the API server. It is more than it sounds: whoever may do this can run commands in every
    /// container of a node. Source: kubernetes.io, "Role Based Access Control Good Practices", access to proxy subresource of Nodes.
    static let nodesProxy = AccessNeed("get", "nodes/proxy", namespace: nil)
}
