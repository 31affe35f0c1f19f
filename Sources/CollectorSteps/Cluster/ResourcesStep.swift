internal import BundleFormat
internal import Collection
internal import KubernetesClient

/// Step kind `resources`: all objects of a few resources, wherever in the cluster they are: the custom resources of what works
/// for all of it, such as certificates and backups.
struct ResourcesStep: ClusterStepKind {
    static let kind = {
        var kind = StepKind(
            "resources", scopes: [.cluster],
            summary:
                "All objects of each resource in the whole cluster, whatever the target is, as YAML; values of Secrets are replaced by keyed hashes. A resource that this cluster does not have costs nothing; if it has none of them, that is one line of the ledger: `missing` with `NotServed`, which is no loss.",
            source: .api,
            options: [
                StepOption(
                    "resources", .texts, required: true,
                    summary: "Plural names, with their group behind a dot (certificates.cert-manager.io).")
            ],
            output: .fixed([
                "namespaces/<namespace>/<group>/<resource>.yaml",
                "cluster-scoped-resources/<group>/<resource>/<name>.yaml",
            ]))
        kind.mustBeNamed = true
        return kind
    }()

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    func plan(_ captured: CapturedTargets) -> [PlannedAttempt] {
        let names = Set(step.texts("resources"))
        let served = session.resources.filter { $0.verbs.contains("list") && names.contains($0.qualifiedName) }
        guard !served.isEmpty else {
            return [
                .settled(
                    collector: definition.name, step: step.name, target: Target(resource: names.sorted()[0]),
                    source: .api, volatility: definition.volatility, label: "\(step.name) of \(definition.name)",
                    outcome: .missing("NotServed", "this cluster has none of the resources"))
            ]
        }
        let documents = DocumentStep(session: session, definition: definition, step: step)
        return served.map { resource in
            let name = resource.qualifiedName
            var attempt = documents.attempt(.resource(name, namespace: nil), name) { context in
                var capture = ListCapture(session: session, resource: resource, namespace: nil)
                capture.isWhole = { captured.isWholeCluster || captured.wholeNamespaces.contains($0) }
                return try await capture.run(context)
            }
            attempt.needs = [AccessNeed("list", group: resource.group, resource.resource, namespace: nil)]
            return attempt
        }
    }
}
