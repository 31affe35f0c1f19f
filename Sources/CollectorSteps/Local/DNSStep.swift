internal import BundleFormat
internal import Collection
internal import Probes
internal import StructuredText

/// Step kind `dns`: what a name means on this machine, and to DNS servers.
struct DNSStep: LocalStepKind {
    private static let types = ["A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"]

    static let kind = StepKind(
        "dns", scopes: [.local],
        summary:
            "What names mean on the machine that exhibit runs on (its resolver: /etc/hosts, DNS …), and what DNS servers answer, each asked by itself over UDP, and over TCP where the answer is cut off: response code, flags, records with their time to live. An attempt for each name.",
        source: .local,
        options: [
            StepOption("names", .items, required: true, summary: "DNS names, as db.example.org, 100 at most."),
            StepOption("types", .choices(types), summary: "Types of records; [A, AAAA] if not given."),
            StepOption(
                "servers", .items,
                summary:
                    "Addresses of DNS servers, as 192.0.2.53 or [2001:db8::53]:5353, 8 at most; those of /etc/resolv.conf if not given, whatever they are."
            ),
            DialledStep.allow,
        ],
        output: .fixed(["local/<collector>/dns/<name>.json"]))

    private static let mostServers = 8
    private static let mostNames = 100

    private let dialled: DialledStep

    init(_ step: StepDefinition, _ definition: CollectorDefinition, _: LocalCapture.Options) {
        dialled = DialledStep(step: step, collector: definition.name)
    }

    func parts() -> [LocalPart] {
        let names = dialled.addresses("names")
        var parts = names.prefix(Self.mostNames).map { text in
            LocalPart(name: TextSafety.oneLine(text)) { context in
                do {
                    return try await ask(try HostName.checked(text), context)
                } catch let error as ProbeError {
                    return ProbeRecord.outcome(error)
                }
            } foresee: { _ in
                try await DialledStep.foreseeing { try await foresee(try HostName.checked(text)) }
            }
        }
        func leaveOut(_ count: Int, beyond most: Int, _ code: String, _ what: String) {
            guard count > most else { return }
            let words = "\(count - most) more \(what)"
            let outcome = Outcome.error(code, "\(words) were left out: a step takes \(most)")
            parts.append(
                LocalPart(name: words) { _ in
                    outcome
                } foresee: { _ in
                    outcome
                })
        }
        leaveOut(names.count, beyond: Self.mostNames, "TooManyNames", "names")
        leaveOut(dialled.addresses("servers").count, beyond: Self.mostServers, "TooManyServers", "servers")
        return parts
    }

    /// That nobody knows the name is an answer. What a server says of it is the capture itself: none is asked before.
    private func foresee(_ name: String) async throws -> Outcome? {
        if try servers().isEmpty { _ = try await dialled.resolve(name) }
        return nil
    }

    private func ask(_ name: String, _ context: AttemptContext) async throws -> Outcome {
        let limit = dialled.limit(context)
        let servers = try servers()
        let wanted = dialled.step.texts("types")
        let types = wanted.isEmpty ? ["A", "AAAA"] : wanted
        for server in servers {
            try await context.custody(
                .dial,
                detail: [
                    "protocol": "dns", "server": .string(server.address.description(port: server.port)),
                    "name": .string(name), "types": .array(types.map { .string($0) }),
                ])
        }
        let questions = servers.flatMap { server in
            types.compactMap { DNSType.byName[$0] }.map { DNSQuestions.Question(server.address, server.port, $0) }
        }
        async let system = self.system(name, limit)
        let room = min(Int(clamping: context.limits.bytes), DNSQuestions.mostBytes)
        let answers = try await DNSQuestions(name: name, questions: questions, limit: limit, bytes: room).ask()
        let own = try await system
        // Put together from its parts: a tree of all that servers may say would be many times as large.
        var document = Array("{\"name\":".utf8) + JSONValue.string(name).serialized()
        document += Array(",\"system\":".utf8) + own.record.serialized() + Array(",\"answers\":[".utf8)
        document += answers.records.joined(separator: [UInt8(ascii: ",")])
        document += Array("]}\n".utf8)
        try await context.entry(dialled.folder("dns") + ["\(name).json"], media: .json, bytes: document)
        let failures = answers.failures
        guard let failure = failures.first ?? (questions.isEmpty ? own.failure : nil) else {
            return answers.isCut
                ? .partial("TooManyRecords", "a server answered with more than is kept: see cut in its answer") : .ok
        }
        let outcome = ProbeRecord.outcome(failure)
        guard failures.count < questions.count, let reason = outcome.reason else { return outcome }
        return .partial(reason.code.rawValue, reason.message)
    }

    /// What the system's resolver says. Nothing is dialled for it.
    private func system(_ name: String, _ limit: Duration) async throws -> (record: JSONValue, failure: ProbeError?) {
        do {
            let found = try await HostResolver.resolve(.name(name), policy: dialled.policy, within: limit)
            return (
                [
                    "addresses": .array(
                        found.addresses.map {
                            ["address": .string("\($0.address)"), "class": .string($0.kind.rawValue)]
                        }), "milliseconds": ProbeRecord.milliseconds(found.milliseconds),
                ], nil
            )
        } catch let error as ProbeError {
            return (["addresses": .array([]), "failure": ProbeRecord.error(error)], error)
        }
    }

    private func servers() throws(ProbeError) -> [(address: NetworkAddress, port: Int)] {
        let given = dialled.addresses("servers")
        // What the machine is set up with is its own choice, be it on loopback.
        guard !given.isEmpty else { return SystemServers.all().map { ($0, 53) } }
        var servers: [(NetworkAddress, Int)] = []
        for text in given.prefix(Self.mostServers) {
            let endpoint = try Endpoint(text, port: 53)
            guard case .address(let address) = endpoint.host else {
                throw ProbeError(
                    code: .badTarget, doing: "reading", subject: "a DNS server",
                    reason: "it must be an address, not a name",
                    advice: "write it as 192.0.2.53 or [2001:db8::53]:5353")
            }
            servers.append((try dialled.policy.checked(address), endpoint.port))
        }
        return servers
    }
}
