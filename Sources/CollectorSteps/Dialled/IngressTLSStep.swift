internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import Probes
internal import StructuredText

/// Step kind `tls` in scope `cluster`: the chains that the hosts of Ingresses serve to the operator's machine.
///
/// The cluster says which hosts there are, the operator below which domains they may lie: whoever can write an Ingress must not
/// choose what inside of the operator's network gets a connection. The address is what DNS says, as it is for a user, and not what
/// the Ingress says of itself.
struct IngressTLSStep: ClusterStepKind {
    static let kind: StepKind = {
        var kind = StepKind(
            "tls", scopes: [.cluster],
            summary:
                "What the hosts of the Ingresses in the target's namespaces show to the machine that exhibit runs on: as step kind tls of scope local, with hosts that the cluster names, below domains that you name, at the address that DNS has for them. Hosts are those of tls and of the rules. They are dialled last of all; what is not dialled (other domains, wildcards, addresses, too many) makes the step partial.",
            source: .local,
            options: [
                StepOption(
                    "domains", .items, required: true,
                    summary:
                        "Only these hosts and those below them: example.org is also www.example.org. An item may have several, with commas between them."
                ),
                StepOption(
                    "hosts", .number(1...1_000), required: true,
                    summary: "At most so many hosts of a namespace, or of the cluster if that is the target."),
                StepOption(
                    "port", .number(1...65_535), summary: "The port that is dialled at each of them; 443 if not given."),
                TLSOptions.alpn, DialledStep.allow,
            ],
            output: .fixed([
                "local/<collector>/tls/<host>_<port>.json", "local/<collector>/tls/<host>_<port>.pem",
                "local/<collector>/tls/<host>_<port>.ocsp.der",
            ]))
        kind.mustBeNamed = true
        return kind
    }()

    private static let group = "networking.k8s.io"

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    func plan(_ captured: CapturedTargets) -> [PlannedAttempt] {
        let namespaces: [String?] = captured.isWholeCluster ? [nil] : captured.namespaces
        return namespaces.map { namespace in
            var attempt = PlannedAttempt(
                collector: definition.name, step: step.name,
                target: Target.resource("ingresses.\(Self.group)", namespace: namespace), source: .api,
                volatility: definition.volatility, limits: step.limits,
                label: "\(step.name) of ingresses\(namespace.map { " in \($0)" } ?? "")"
            ) { _ in
                try await APIOutcome.translating { try await find(namespace) }
            }
            attempt.needs = [AccessNeed("list", group: Self.group, "ingresses", namespace: namespace)]
            attempt.leadsTo =
                "a TLS handshake with each host below \(dialled.addresses("domains").joined(separator: ", ")) that Ingresses name"
            attempt.foresee = { _ in try await foresee(namespace) }
            return attempt
        }
    }

    private var dialled: DialledStep { DialledStep(step: step, collector: definition.name) }

    /// Finds the hosts, and plans what is dialled.
    private func find(_ namespace: String?) async throws -> Outcome {
        var hosts = try chosen()
        do {
            try await read(namespace, into: &hosts)
        } catch {
            // What was found before the list broke off is as good as any.
            session.lastFollowUps.add(attempts(hosts))
            throw error
        }
        session.lastFollowUps.add(attempts(hosts))
        return outcome(hosts)
    }

    /// Reads the same list for it.
    private func foresee(_ namespace: String?) async throws -> Foresight {
        do {
            var hosts = try chosen()
            try await APIOutcome.translating { try await read(namespace, into: &hosts) }
            let outcome = outcome(hosts)
            return Foresight(outcome.state == .ok ? nil : outcome, next: attempts(hosts))
        } catch let failure as StepFailure {
            return Foresight(failure.outcome)
        }
    }

    private func outcome(_ hosts: IngressHosts) -> Outcome {
        if let words = hosts.leftOut { return .partial("NotDialled", "left out: \(words)") }
        return hosts.chosen.isEmpty ? .empty : .ok
    }

    private func attempts(_ hosts: IngressHosts) -> [PlannedAttempt] {
        hosts.chosen.sorted { $0.key < $1.key }.compactMap { dial($0.key, of: $0.value) }
    }

    /// None yet, of those below the operator's domains.
    private func chosen() throws -> IngressHosts {
        let hosts = IngressHosts(domains: dialled.addresses("domains"), most: step.number("hosts") ?? 1)
        if let domain = hosts.badDomain {
            throw StepFailure(
                .error("NotADomain", "\(TextSafety.oneLine(domain)) is no domain; write it as example.org"))
        }
        return hosts
    }

    /// What the namespace's Ingresses name.
    private func read(_ namespace: String?, into hosts: inout IngressHosts) async throws {
        let ingresses = session.discovery.preferredResources.first {
            $0.group == Self.group && $0.resource == "ingresses"
        }
        guard let ingresses else {
            throw StepFailure(.missing("NotServed", "the API server has no Ingresses"))
        }
        _ = try await session.client.list(
            ingresses, namespace: namespace, labelSelector: nil, fieldSelector: nil,
            options: ListOptions(limit: ListCapture.pageSize, maxItemBytes: ListCapture.maxObjectBytes),
            onRestart: { _ in }
        ) { item in hosts.add(try JSONValue(parsing: item)) }
    }

    /// - Parameter ingress: that names the host.
    private func dial(_ host: String, of ingress: String) -> PlannedAttempt? {
        let dialled = dialled
        let endpoint = Endpoint(host: .name(host), port: step.number("port") ?? 443)
        // Two namespaces may have the same.
        guard session.claims.claim(dialled.folder("tls") + ["\(endpoint)"]) else { return nil }
        var attempt = PlannedAttempt(
            collector: definition.name, step: step.name, target: Target.local("\(endpoint)"), source: .local,
            volatility: definition.volatility, limits: step.limits, label: "\(step.name) \(endpoint)"
        ) { context in
            do {
                return try await dialled.tls(endpoint, of: ["ingress": .string(ingress)], context)
            } catch let error as ProbeError {
                return ProbeRecord.outcome(error)
            }
        }
        attempt.foresee = { reach in
            Foresight(try await DialledStep.foreseeing { try await dialled.foresee(endpoint, reach) })
        }
        return attempt
    }
}
