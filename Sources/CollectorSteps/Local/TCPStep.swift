internal import BundleFormat
internal import Collection
internal import Probes
internal import StructuredText

/// Step kind `tcp`: whether something accepts connections at an address.
struct TCPStep: LocalStepKind {
    static let kind = StepKind(
        "tcp", scopes: [.local],
        summary:
            "Whether a TCP connection can be made from the machine that exhibit runs on: what a name means here, and for each of its addresses (8 at most) how long it took, or why not. Nothing is sent. An attempt for each address that is given.",
        source: .local,
        options: [
            StepOption(
                "addresses", .addresses, required: true,
                summary: "Hosts with ports: db.example.org:5432, 192.0.2.1:443, [2001:db8::1]:443."),
            DialledStep.allow,
        ],
        output: .fixed(["local/<collector>/tcp/<host>_<port>.json"]))

    private let dialled: DialledStep

    init(_ step: StepDefinition, _ definition: CollectorDefinition, _: LocalCapture.Options) {
        dialled = DialledStep(step: step, collector: definition.name)
    }

    func parts() -> [LocalPart] {
        dialled.parts("addresses") { endpoint, context in
            try await context.custody(.dial, detail: ["protocol": "tcp", "address": .string("\(endpoint)")])
            let answer = try await TCPProbe(endpoint, policy: dialled.policy, within: dialled.limit(context)).run()
            try await context.entry(
                dialled.folder("tcp") + ["\(DialledStep.fileName(endpoint)).json"], media: .json,
                bytes: ProbeRecord.document(ProbeRecord.dialling(answer)))
            return answer.isConnected ? .ok : ProbeRecord.outcome(ofNoConnection: answer)
        }
    }
}
