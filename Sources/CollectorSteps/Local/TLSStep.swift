internal import BundleFormat
internal import Collection
internal import Probes
internal import StructuredText

/// Step kind `tls` of scope `local`: the chain that a TLS server serves to this machine.
struct TLSStep: LocalStepKind {
    static let kind = StepKind(
        "tls", scopes: [.local],
        summary:
            "What a TLS server shows to the machine that exhibit runs on: the certificates as it sends them, protocol, cipher, ALPN, a stapled answer about revocation, and whether the chain holds here and now, for that name, or everything that is wrong with it. A handshake and a goodbye; nothing is sent beyond that. An attempt for each address that is given.",
        source: .local,
        options: [
            StepOption(
                "addresses", .addresses, required: true,
                summary: "Hosts with ports: www.example.org:443, 192.0.2.1:8443, [2001:db8::1]:443."),
            StepOption(
                "name", .text,
                summary:
                    "The name that is sent to the server (SNI) and that its certificate must be for; the host of the address if not given."
            ),
            TLSOptions.alpn, DialledStep.allow,
        ],
        output: .fixed([
            "local/<collector>/tls/<host>_<port>.json", "local/<collector>/tls/<host>_<port>.pem",
            "local/<collector>/tls/<host>_<port>.ocsp.der",
        ]))

    private let dialled: DialledStep

    init(_ step: StepDefinition, _ definition: CollectorDefinition, _: LocalCapture.Options) {
        dialled = DialledStep(step: step, collector: definition.name)
    }

    func parts() -> [LocalPart] {
        dialled.parts(
            "addresses", checking: { _ = try TLSOptions.question(dialled.step, host: $0.host) }
        ) { endpoint, context in
            try await dialled.tls(endpoint, context)
        }
    }
}

extension DialledStep {
    /// Puts it down, dials, shakes hands, and keeps what the server showed.
    ///
    /// - Parameter origin: members of the record that say where the address is from.
    func tls(
        _ endpoint: Endpoint, of origin: JSONObject = [:], _ context: AttemptContext
    ) async throws -> Outcome {
        let question = try TLSOptions.question(step, host: endpoint.host)
        try await context.custody(.dial, detail: ["protocol": "tls", "address": .string("\(endpoint)")])
        let result = try await TLSDial(endpoint, question, policy: policy, within: limit(context)).run()
        var head = ProbeRecord.dialling(result.dialling)
        for member in origin { head[member.key] = member.value }
        let folder = folder("tls")
        let name = Self.fileName(endpoint)
        guard let answer = result.answer else {
            try await context.entry(folder + ["\(name).json"], media: .json, bytes: ProbeRecord.document(head))
            return ProbeRecord.outcome(ofNoConnection: result.dialling)
        }
        return try await TLSFiles(context: context, folder: folder, name: name).write(head, answer)
    }
}

/// What the `tls` kinds of all scopes have in common.
enum TLSOptions {
    static let alpn = StepOption(
        "alpn", .texts,
        summary: "Protocols that are offered, in order (ALPN); [h2, http/1.1] if not given, [] for none.")

    /// - Parameter host: what was dialled, where that says something of the name.
    static func question(_ step: StepDefinition, host: Endpoint.Host?) throws(ProbeError) -> TLSProbe.Question {
        let alpn = step.options["alpn"] == nil ? ["h2", "http/1.1"] : step.texts("alpn")
        if let name = step.text("name") {
            return TLSProbe.Question(host: .name(try HostName.checked(name)), alpn: alpn)
        }
        return host.map { TLSProbe.Question(host: $0, alpn: alpn) } ?? TLSProbe.Question(alpn: alpn)
    }
}
