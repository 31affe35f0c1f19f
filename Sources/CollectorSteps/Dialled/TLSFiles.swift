internal import BundleFormat
internal import Collection
internal import Cryptography
internal import Probes
internal import StructuredText

/// Puts what a TLS server showed into a bundle: `<name>.json`, its chain as it came in `<name>.pem`, and the stapled answer about
/// revocation in `<name>.ocsp.der`.
struct TLSFiles {
    let context: AttemptContext
    let folder: [String]
    let name: String

    /// - Parameter head: what was dialled.
    /// - Returns: `ok` when a chain came, whatever is wrong with it: that is what was asked for.
    func write(_ head: JSONObject, _ answer: TLSAnswer) async throws -> Outcome {
        var object = head
        object["handshake"] = .object(ProbeRecord.handshake(answer))
        object["verification"] = ProbeRecord.verification(answer)
        object["certificates"] = .array(answer.chain.map(ProbeRecord.certificate))
        object["staple"] = answer.staple.map(ProbeRecord.staple)
        try await context.entry(
            folder + ["\(name).json"], media: .json, bytes: ProbeRecord.document(object))
        if !answer.chain.isEmpty {
            try await context.entry(
                folder + ["\(name).pem"], media: .text, bytes: answer.chain.flatMap(Certificate.pem(encoded:)))
        }
        if let staple = answer.staple {
            try await context.entry(folder + ["\(name).ocsp.der"], media: .binary, bytes: staple.encoded)
        }
        guard let failure = answer.failure, answer.chain.isEmpty else { return .ok }
        return ProbeRecord.outcome(failure)
    }
}
