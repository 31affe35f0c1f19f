internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import Probes
internal import StructuredText

/// Step kind `tls` of scope `container`: the chain that a port of a pod serves, by a port-forward of the API server.
struct ContainerTLSStep: ContainerStepKind {
    static let kind: StepKind = {
        var kind = StepKind(
            "tls", scopes: [.container],
            summary:
                "What the TLS ports that a container declares serve: the certificates as they are sent, protocol, cipher, ALPN, and whether the chain holds, or everything that is wrong with it. By a port-forward of the API server, so it needs neither a tool in the container nor a route to it; it reaches what listens on the pod's loopback address or on all. A handshake and a goodbye: nothing runs in the container, but the service sees them. Not in pods with the node's network, where the ports are the node's. 8 ports of a pod at most.",
            source: .inContainer,
            options: [
                StepOption(
                    "ports", .numbers(1...65_535), summary: "Ports that are TLS by their number; none if not given."),
                StepOption(
                    "names", .texts,
                    summary:
                        "Patterns of names of ports that are TLS: * is any text, ? any one character; none if not given."
                ),
                StepOption(
                    "name", .text,
                    summary:
                        "The name that is sent to the server (SNI) and that its certificate must be for; none is sent, and any will do, if not given."
                ),
                TLSOptions.alpn,
            ],
            output: .fixed(
                ["json", "pem", "ocsp.der"].map { "namespaces/<namespace>/pods/<pod>/<container>/tls/<port>.\($0)" }))
        kind.asksTarget = true
        return kind
    }()

    private static let mostPorts = 8

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    func plan(_ pod: PodSummary, _ container: PodSummary.Container) -> [PlannedAttempt] {
        guard container.role != .ephemeral else { return [] }
        let (ports, more) = ports(pod, container)
        let attempts = ports.map { attempt(pod, container, $0) }
        guard more > 0 else { return attempts }
        return attempts + [
            .settled(
                collector: definition.name, step: "\(step.name) more",
                target: Target.container(namespace: pod.namespace, pod: pod.name, container: container.name),
                source: .inContainer, volatility: definition.volatility,
                label: "tls \(pod.namespace)/\(pod.name)/\(container.name)",
                outcome: .skipped("TooManyPorts", "\(more) more ports: of a pod \(Self.mostPorts) are asked"))
        ]
    }

    /// Those that are meant and asked, and how many more there are; each once for a pod: what listens there is the pod's, whichever container declares it.
    private func ports(_ pod: PodSummary, _ container: PodSummary.Container) -> (asked: [UInt16], more: Int) {
        let numbers = step.numbers("ports") ?? []
        let names = step.texts("names")
        let earlier = pod.containers.prefix { $0.name != container.name }.filter(\.isRunning).flatMap(\.tcpPorts)
        var found: [UInt16] = []
        for port in container.tcpPorts where !earlier.contains(where: { $0.number == port.number }) {
            guard isMeant(port, numbers, names), let number = UInt16(exactly: port.number), !found.contains(number)
            else { continue }
            found.append(number)
        }
        // Of the whole pod: as many containers as a pod may have would else have as many each.
        let before = earlier.count { isMeant($0, numbers, names) }
        let asked = Array(found.prefix(max(0, Self.mostPorts - before)))
        return (asked, found.count - asked.count)
    }

    private func isMeant(_ port: PodSummary.TCPPort, _ numbers: [Int], _ names: [String]) -> Bool {
        numbers.contains(port.number) || names.contains { Glob.matches($0, port.name ?? "") }
    }

    private func attempt(_ pod: PodSummary, _ container: PodSummary.Container, _ port: UInt16) -> PlannedAttempt {
        let target = Target.container(namespace: pod.namespace, pod: pod.name, container: container.name)
        let label = "tls \(pod.namespace)/\(pod.name)/\(container.name):\(port)"
        func settled(_ outcome: Outcome) -> PlannedAttempt {
            .settled(
                collector: definition.name, step: "\(step.name) \(port)", target: target, source: .inContainer,
                volatility: definition.volatility, label: label, outcome: outcome)
        }
        guard container.isRunning else {
            return settled(.missing("NotRunning", "the container is not running: \(container.condition)"))
        }
        guard session.options.mayExec else {
            return settled(.skipped("TouchNone", "ports of containers must not be connected to (--touch none)"))
        }
        guard !pod.isInHostNetwork else {
            return settled(.skipped("HostNetwork", "the pod has the node's network: its ports are the node's"))
        }
        var attempt = PlannedAttempt(
            collector: definition.name, step: "\(step.name) \(port)", target: target, source: .inContainer,
            volatility: definition.volatility, limits: step.limits, label: label
        ) { context in
            try await APIOutcome.translating { try await capture(pod, container, port, context) }
        }
        attempt.lane = .service
        attempt.needs = session.execVerbs.map { AccessNeed($0, "pods/portforward", namespace: pod.namespace) }
        return attempt
    }

    private func capture(
        _ pod: PodSummary, _ container: PodSummary.Container, _ port: UInt16, _ context: AttemptContext
    ) async throws -> Outcome {
        let question: TLSProbe.Question
        do {
            question = try TLSOptions.question(step, host: nil)
        } catch {
            return ProbeRecord.outcome(error)
        }
        let patience = ServicePatience(memory: session.tools, pod: pod)
        if let refusal = patience.refusal { return refusal }
        let limit = patience.limit(DialledStep(step: step, collector: definition.name).limit(context))
        var isPutDown = false
        let answer = try await session.client.forward(
            namespace: pod.namespace, pod: pod.name, port: port,
            stage: { _ in
                // Before it is sent: what could not be put down is not done.
                if !isPutDown {
                    try await context.custody(.portForward, detail: ["port": JSONValue(port), "for": "tls"])
                }
                isPutDown = true
            }
        ) { connection in
            try await TLSProbe.run(question, over: PodChannel(connection), within: limit)
        }
        if answer.failure?.code == .timeout { session.tools.noteSilence(of: pod) }
        let head: JSONObject = [
            "pod": .string(pod.name), "namespace": .string(pod.namespace), "port": JSONValue(port),
            "through": "port-forward",
        ]
        let folder = ObjectPaths.container(
            namespace: pod.namespace, pod: pod.name, container: container.name, ["tls"])
        let outcome = try await TLSFiles(context: context, folder: folder, name: "\(port)").write(head, answer)
        return Self.answers(answer) ?? outcome
    }

    /// That a container declares a port does not say that something listens there, nor that it is TLS.
    private static func answers(_ answer: TLSAnswer) -> Outcome? {
        guard let failure = answer.failure, answer.chain.isEmpty else { return nil }
        if failure.code == .connectionRefused { return .missing("NotListening", failure.reason) }
        return answer.garbage?.isEmpty == false ? .missing("NotTLS", failure.reason) : nil
    }
}

/// A forwarded port as probes want it.
private struct PodChannel: ByteChannel {
    let port: ForwardedPort

    init(_ port: ForwardedPort) {
        self.port = port
    }

    func send(_ bytes: [UInt8]) async throws {
        do { try await port.send(bytes) } catch { throw Self.failure(error) }
    }

    func receive() async throws -> [UInt8]? {
        do { return try await port.receive() } catch { throw Self.failure(error) }
    }

    private static func failure(_ error: KubernetesError) -> any Error {
        guard error.code != .cancelled else { return CancellationError() }
        let code: ProbeError.Code =
            switch error.code {
            case .connectionRefused: .connectionRefused
            case .timeout: .timeout
            case .badResponse: .badAnswer
            case .connectionLost: .connectionLost
            default: .unreachable
            }
        return ProbeError(
            code: code, doing: error.doing, subject: error.subject, reason: error.reason, advice: error.advice)
    }
}
