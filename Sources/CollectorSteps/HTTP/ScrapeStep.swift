internal import BundleFormat
internal import Collection
internal import KubernetesClient

/// Step kind `scrape`: the metrics of pods that say by their annotations where they are.
struct ScrapeStep: ContainerStepKind {
    static let kind: StepKind = {
        var kind = StepKind(
            "scrape", scopes: [.container],
            summary:
                "The metrics of a pod whose annotations say that it has some (prometheus.io/scrape, port, path, scheme), through the API server (pods/proxy), with status, headers and times. The annotations say what is asked: only ports that a container declares, and not where the pod is in the node's network. Without prometheus.io/port it is the first declared port.",
            source: .inContainer,
            output: .named(folder: "namespaces/<namespace>/pods/<pod>/<container>/services/<collector>"))
        kind.asksTarget = true
        kind.mustBeNamed = true
        kind.companions = [ServiceAnswer.companion]
        return kind
    }()

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    func plan(_ pod: PodSummary, _ container: PodSummary.Container) -> [PlannedAttempt] {
        guard let metrics = pod.metrics, let output = step.output,
            Self.speaker(in: pod, metrics, definition) == container
        else { return [] }
        let request = PodRequest(session: session, definition: definition, step: step, pod: pod, container: container)
        let port = Self.port(metrics, container)
        switch DeclaredQuestion(pod, container, port, isTLS: metrics.scheme == "https", path: metrics.path) {
        case .refused(let outcome): return [request.settled(outcome, name: step.name)]
        case .question(let question):
            return [
                request.plan(
                    question, name: step.name, file: ["services", definition.name, output], statuses: nil)
            ]
        }
    }

    private static func port(_ metrics: MetricsAnnotations, _ container: PodSummary.Container) -> HTTPProbe.Port {
        guard let port = metrics.port else { return container.ports.first.map(HTTPProbe.Port.number) ?? .name("") }
        return Int(port).map(HTTPProbe.Port.number) ?? .name(port)
    }

    /// The container that declares the port, else the first; of those that run, if any does.
    private static func speaker(
        in pod: PodSummary, _ metrics: MetricsAnnotations, _ definition: CollectorDefinition
    ) -> PodSummary.Container? {
        let containers = pod.picked(by: definition)
        let other = pod.main(by: definition).first ?? containers.first
        guard let port = metrics.port else { return containers.first { !$0.ports.isEmpty } ?? other }
        return containers.first { container in
            Int(port).map(container.ports.contains) ?? (container.tcpPort(named: port) != nil)
        } ?? other
    }
}
