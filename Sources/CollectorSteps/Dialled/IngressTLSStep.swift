internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import Probes
internal import StructuredText

/// Step kind `tls` in scope `cluster`: the chains that the hosts of Ingresses serve to the operator's machine.
///
/// Whose hosts they are the cluster says, so it only runs when it is named, and what is dialled is judged as anything else is that
/// leaves this machine. The address is what DNS says, as it is for a user: not what the Ingress says of itself.
struct IngressTLSStep: ClusterStepKind {
    static let kind: StepKind = {
        var kind = StepKind(
            "tls", scopes: [.cluster],
            summary:
                "What the hosts of the Ingresses in the target's namespaces show to the machine that exhibit runs on: as step kind tls of scope local, with hosts that the cluster names, at the address that DNS has for them. Hosts are those of tls and of the rules; with wildcards, or none, there is nothing to dial.",
            source: .local,
            options: [
                StepOption(
                    "port", .number(1...65_535), summary: "The port that is dialled at each of them; 443 if not given."),
                StepOption(
                    "hosts", .number(1...1_000), required: true,
                    summary: "At most so many hosts; with more the step is partial."),
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
        let one = namespaces.count == 1 ? namespaces.first ?? nil : nil
        var attempt = PlannedAttempt(
            collector: definition.name, step: step.name,
            target: Target.resource("ingresses.\(Self.group)", namespace: one), source: .api,
            volatility: definition.volatility, limits: step.limits, label: "\(step.name) of ingresses"
        ) { _ in
            try await APIOutcome.translating { try await find(namespaces) }
        }
        attempt.needs = namespaces.map { AccessNeed("list", group: Self.group, "ingresses", namespace: $0) }
        return [attempt]
    }

    /// Finds the hosts, and plans what is dialled.
    private func find(_ namespaces: [String?]) async throws -> Outcome {
        let ingresses = session.discovery.preferredResources.first {
            $0.group == Self.group && $0.resource == "ingresses"
        }
        guard let ingresses else { return .missing("NotServed", "the API server has no Ingresses") }
        let most = step.number("hosts") ?? 1
        var hosts: [String] = []
        var seen: Set<String> = []
        var more = 0
        for namespace in namespaces {
            _ = try await session.client.list(
                ingresses, namespace: namespace, labelSelector: nil, fieldSelector: nil,
                options: ListOptions(limit: ListCapture.pageSize, maxItemBytes: ListCapture.maxObjectBytes),
                onRestart: { _ in }
            ) { item in
                for host in Self.hosts(try JSONValue(parsing: item)) where seen.insert(host).inserted {
                    if hosts.count < most { hosts.append(host) } else { more += 1 }
                    // Whoever has that many does not want them remembered.
                    if seen.count > 100_000 { seen = Set(hosts) }
                }
            }
        }
        session.followUps.add(hosts.sorted().map(dial))
        if more > 0 {
            return .partial("TooMany", "left out \(more) of \(hosts.count + more) hosts: the step takes \(most)")
        }
        return hosts.isEmpty ? .empty : .ok
    }

    /// Of `tls` and of the rules, in lower case. Source: k8s.io/api networking/v1 types.go, IngressSpec.
    static func hosts(_ ingress: JSONValue) -> [String] {
        let spec = ingress["spec"]
        let secure = (spec?["tls"]?.array ?? []).flatMap { $0["hosts"]?.array ?? [] }.compactMap(\.string)
        let ruled = (spec?["rules"]?.array ?? []).compactMap { $0["host"]?.string }
        return (secure + ruled).map { $0.lowercased() }.filter { !$0.isEmpty && !$0.contains("*") }
    }

    private func dial(_ host: String) -> PlannedAttempt {
        let dialled = DialledStep(step: step, collector: definition.name)
        let text = TextSafety.oneLine("\(host):\(step.number("port") ?? 443)")
        return PlannedAttempt(
            collector: definition.name, step: step.name, target: Target.local(text), source: .local,
            volatility: definition.volatility, limits: step.limits, label: "\(step.name) \(text)"
        ) { [port = step.number("port") ?? 443] context in
            do {
                // No address: an Ingress has names, and to one a certificate could not be compared.
                let name = try HostName.checked(host)
                return try await dialled.tls(Endpoint(host: .name(name), port: port), context)
            } catch let error as ProbeError {
                return ProbeRecord.outcome(error)
            }
        }
    }
}
