internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import StructuredText

/// Step kind `list`: all objects of a resource, as YAML where must-gather puts them. Objects are handled one by one as the
/// pages stream in, so memory does not grow with their number.
struct ListStep: Sendable {
    static let kind = StepKind(
        "list", scopes: [.namespace, .cluster],
        summary:
            "All objects of each resource, custom ones too, paged, as YAML. Values of Secrets are replaced by keyed hashes. For a pod, a workload or a selector only what belongs to the target or refers to it is kept. Of events those of the nodes that its pods are on are kept, too; they lie in the namespace default.",
        source: .api,
        options: [resourcesOption, exceptOption],
        output: .fixed([
            "namespaces/<namespace>/<group>/<resource>.yaml",
            "cluster-scoped-resources/<group>/<resource>/<name>.yaml",
        ]))

    static let resourcesOption = StepOption(
        "resources", .texts, required: true,
        summary: "Plural names, with their group behind a dot (ingresses.networking.k8s.io), or * for every resource.")
    static let exceptOption = StepOption("except", .texts, summary: "Resources that are not meant by *.")

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    /// One attempt per resource that the definition picks.
    /// - Parameter namespace: nil lists over all namespaces, or cluster-scoped resources.
    /// - Parameter keepsAll: the relations learn from the objects, but everything is kept.
    func plan(
        namespace: String?, namespaced: Bool, relations: SharedRelations? = nil, keepsAll: Bool = false,
        only: (APIResource) -> Bool = { _ in true }
    ) -> [PlannedAttempt] {
        let selection = ResourceSelection(include: step.texts("resources"), except: step.texts("except"))
        return session.resources
            .filter { $0.namespaced == namespaced && $0.verbs.contains("list") && selection.picks($0) && only($0) }
            .map { attempt($0, namespace: namespace, relations: relations, keepsAll: keepsAll) }
    }

    private func attempt(_ resource: APIResource, namespace: String?, relations: SharedRelations?, keepsAll: Bool)
        -> PlannedAttempt
    {
        let name = resource.qualifiedName
        var attempt = PlannedAttempt(
            collector: definition.name, step: step.name,
            target: Target.resource(name, namespace: namespace), source: .api, volatility: definition.volatility,
            limits: step.limits, label: "list \(name)\(namespace.map { " in \($0)" } ?? "")"
        ) { context in
            try await relations?.ready()
            return try await APIOutcome.translating {
                var capture = ListCapture(session: session, resource: resource, namespace: namespace)
                capture.relations = relations
                capture.keepsAll = keepsAll
                return try await capture.run(context)
            }
        }
        attempt.needs = [AccessNeed("list", group: resource.group, resource.resource, namespace: namespace)]
        return attempt
    }
}

/// Which resources a `list` step means: plural names with their group behind a dot (`ingresses.networking.k8s.io`), or `*`.
struct ResourceSelection: Sendable {
    let include: [String]
    let except: [String]

    func picks(_ resource: APIResource) -> Bool {
        let name = resource.qualifiedName
        return include.contains { $0 == "*" || $0 == name } && !except.contains(name)
    }
}
