internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import StructuredText

/// Events of the nodes that pods of the target are on. Nodes have no namespace, so their events lie in `default`, which is mostly
/// not the target's. Source: k8s.io/client-go, tools/record/event.go, makeEvent.
struct NodeEvents: Sendable {
    static let namespace = "default"
    private static let groups = ["", "events.k8s.io"]

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    /// One attempt for each form of events that the step lists; none where that namespace is a target: its own list has them.
    func plan(_ captured: CapturedTargets) -> [PlannedAttempt] {
        guard !captured.isWholeCluster, !captured.nodes.isEmpty, !captured.namespaces.contains(Self.namespace)
        else { return [] }
        let selection = ResourceSelection(include: step.texts("resources"), except: step.texts("except"))
        return session.resources
            .filter {
                $0.resource == "events" && $0.namespaced && Self.groups.contains($0.group)
                    && $0.verbs.contains("list") && selection.picks($0)
            }
            .map { attempt($0, captured.nodes) }
    }

    private func attempt(_ resource: APIResource, _ nodes: [String]) -> PlannedAttempt {
        let name = resource.qualifiedName
        var attempt = PlannedAttempt(
            collector: definition.name, step: "\(step.name) of nodes",
            target: .resource(name, namespace: Self.namespace), source: .api, volatility: definition.volatility,
            limits: step.limits, label: "list \(name) of nodes"
        ) { context in
            try await APIOutcome.translating {
                var capture = ListCapture(session: session, resource: resource, namespace: Self.namespace)
                capture.selections = [Self.selection(resource, nodes)]
                capture.keepsEmptyList = false
                return try await capture.run(context)
            }
        }
        attempt.needs = [AccessNeed("list", group: resource.group, resource.resource, namespace: Self.namespace)]
        return attempt
    }

    /// The server picks the kind, and the node if it is one; with many a list of all is less than a request for each.
    private static func selection(_ resource: APIResource, _ nodes: [String]) -> ListCapture.Selection {
        let object = resource.group.isEmpty ? "involvedObject" : "regarding"
        var fields = "\(object).kind=Node"
        if nodes.count == 1 { fields += ",\(object).name=\(nodes[0])" }
        let names = Set(nodes)
        return ListCapture.Selection(fieldSelector: fields) { event in
            let about = event["involvedObject"] ?? event["regarding"]
            return about?["kind"]?.string == "Node" && about?["name"]?.string.map(names.contains) == true
        }
    }
}
