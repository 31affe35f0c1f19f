internal import BundleFormat
package import Collection
package import KubernetesClient

/// Step kind `probes`: what the kubelet asks a container by HTTP, asked once more.
struct ProbesStep: ContainerStepKind {
    static let kind: StepKind = {
        var kind = StepKind(
            "probes", scopes: [.container],
            summary:
                "What the container answers to the HTTP probes that its spec declares (startup, liveness, readiness), each asked once more through the API server (pods/proxy), with status, headers and times. The pod's spec says what is asked: only ports that the container declares, and not where the pod is in the node's network, the probe names another host, or it sends headers.",
            source: .inContainer,
            output: .fixed(
                HTTPProbe.Role.allCases.flatMap { role in
                    ["", ServiceAnswer.companion].map {
                        "namespaces/<namespace>/pods/<pod>/<container>/probes/\(role.rawValue).txt\($0)"
                    }
                }))
        kind.asksTarget = true
        kind.mustBeNamed = true
        return kind
    }()

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    func plan(_ pod: PodSummary, _ container: PodSummary.Container) -> [PlannedAttempt] {
        guard container.role == .container else { return [] }
        let request = PodRequest(session: session, definition: definition, step: step, pod: pod, container: container)
        return container.probes.map { probe in
            let name = "\(step.name) \(probe.role.rawValue)"
            if let host = probe.host {
                return request.settled(
                    .skipped("OtherHost", "it asks \(TextSafety.oneLine(host)), which is not this pod"), name: name)
            }
            if probe.hasHeaders {
                return request.settled(
                    .skipped("Headers", "it sends headers, and without them the answer is another"), name: name)
            }
            switch DeclaredQuestion(pod, container, probe.port, isTLS: probe.isTLS, path: probe.path) {
            case .refused(let outcome): return request.settled(outcome, name: name)
            case .question(let question):
                // As the kubelet judges. Source: k8s.io/kubernetes `pkg/probe/http`.
                return request.plan(
                    question, name: name, file: ["probes", "\(probe.role.rawValue).txt"], statuses: Array(200..<400))
            }
        }
    }
}

/// What a pod's own words make of a question to it: they may choose among its declared ports, and say the path.
package enum DeclaredQuestion {
    case question(PodQuestion)
    case refused(Outcome)

    package init(
        _ pod: PodSummary, _ container: PodSummary.Container, _ port: HTTPProbe.Port, isTLS: Bool, path: String
    ) {
        guard !pod.isInHostNetwork else {
            self = .refused(.skipped("HostNetwork", "the pod's ports are the node's, and may be those of others"))
            return
        }
        let number: Int? =
            switch port {
            case .number(let number): container.tcpPorts.contains { $0.number == number } ? number : nil
            case .name(let name): container.tcpPort(named: name)
            }
        guard let number, (1...65_535).contains(number) else {
            self = .refused(.skipped("UndeclaredPort", "it names a port that the container does not declare"))
            return
        }
        guard let (path, query) = Self.parts(path) else {
            self = .refused(.skipped("BadPath", "what it asks for is no plain path: \(TextSafety.oneLine(path))"))
            return
        }
        self = .question(
            PodQuestion(
                namespace: pod.namespace, pod: pod.name, isTLS: isTLS, port: number, path: path, query: query))
    }

    /// The path and the query of what a spec asks for; nil when it is not to be sent as it stands.
    static func parts(_ text: String) -> (String, [PodQuestion.QueryItem])? {
        guard text.utf8.count <= 1_024 else { return nil }
        let pieces = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = pieces[0].hasPrefix("/") ? String(pieces[0]) : "/\(pieces[0])"
        guard RequestText.isPath(path) else { return nil }
        guard pieces.count > 1 else { return (path, []) }
        var query: [PodQuestion.QueryItem] = []
        for item in pieces[1].split(separator: "&") {
            let sides = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard sides.allSatisfy(Self.isPlain) else { return nil }
            query.append(.init(sides[0], sides.count > 1 ? sides[1] : ""))
        }
        return (path, query)
    }

    /// Letters, digits and what needs no encoding: what is decoded elsewhere may mean another thing there.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x3A, 0x2C, 0x5B, 0x5D, 0x5F, 0x7E: true
            default: false
            }
        }
    }
}
