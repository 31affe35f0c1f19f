internal import BundleFormat
internal import Collection
internal import KubernetesClient

/// Step kind `http` of containers: what a service in the pod answers to a GET, without a tool in the container or a route to it.
struct HTTPStep: ContainerStepKind {
    static let kind: StepKind = {
        var kind = StepKind(
            "http", scopes: [.container],
            summary:
                "What a service in the container's pod answers to a GET, byte for byte, through the API server (pods/proxy): it needs no tool in the container and no route to it. Beside the body stand status, headers and times. A redirect is an answer, and not followed. The request goes to the pod's address, where any container of the pod may answer; what listens on its loopback only is not reached. It is asked once for a pod. Of an HTML page the API server rewrites the links.",
            source: .inContainer,
            options: [
                StepOption(
                    "port", .number(1...65_535), required: true, summary: "The port that the service listens at."),
                StepOption("path", .path, required: true, summary: "What is asked for, encoded, without a query."),
                StepOption(
                    "query", .named(secrets: false), summary: "The query, which is encoded for you; none if not given."),
                StepOption(
                    "scheme", .choice(["http", "https"]),
                    summary:
                        "http if not given. With https the API server does not look at the certificate of the service."),
                StepOption(
                    "statuses", .numbers(100...599),
                    summary:
                        "Statuses with which the answer is whole; 200 to 299 if not given. Others make it partial, or an error when it has no body; 401 and 403 make it denied."
                ),
            ],
            output: .named(folder: "namespaces/<namespace>/pods/<pod>/<container>/services/<collector>"))
        kind.asksTarget = true
        kind.companions = [ServiceAnswer.companion]
        return kind
    }()

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    func plan(_ pod: PodSummary, _ container: PodSummary.Container) -> [PlannedAttempt] {
        guard let port = step.number("port"), let path = step.text("path"), let output = step.output,
            pod.speaker(for: port, of: definition) == container
        else { return [] }
        let question = PodQuestion(
            namespace: pod.namespace, pod: pod.name, isTLS: step.text("scheme") == "https", port: port, path: path,
            query: step.named("query").map { .init($0.name, $0.value.shown) })
        let request = PodRequest(
            session: session, definition: definition, step: step, pod: pod, container: container)
        guard !pod.isInHostNetwork else {
            return [
                request.settled(
                    .skipped("HostNetwork", "the pod's ports are the node's, and may be those of others"),
                    name: step.name)
            ]
        }
        return [
            request.plan(
                question, name: step.name, file: ["services", definition.name, output],
                statuses: step.numbers("statuses"))
        ]
    }
}
