internal import Bundle
internal import BundleFormat
internal import Cryptography
internal import StructuredText
internal import Terminal

/// The timeline of a bundle: custody lines of the capture, then the records made since, in their own order.
struct CustodyLog {
    let verification: Verification
    let lines: [CustodyLine]
    /// Why there are no (or not all) lines of the capture.
    let unreadable: String?

    private var records: AttestedRecords { verification.records }

    // MARK: Text

    func lines(_ style: TerminalStyle) -> [String] {
        var text = [style(.bold, "what the capture did (\(sealedBy))")]
        text += lines.map { line in
            "  \(Timestamp.text(line.time))  \(TerminalText.escaped(line.action.rawValue))\(Self.target(line))\(Self.detail(line))"
        }
        if let unreadable { text.append("  \(style(.error, TerminalText.escaped(unreadable)))") }
        text.append(style(.bold, "what happened to the bundle since"))
        if records.records.isEmpty { text.append("  nothing was recorded") }
        for record in records.records {
            text.append(
                "  \(Timestamp.text(record.time))  \(record.number)  \(RecordText(record).summary)"
                    + "  [claimed by \(TerminalText.escaped(record.by)); \(standing(record))]")
        }
        return text
    }

    private var sealedBy: String {
        let names = verification.signers.map {
            $0.signer ?? ($0.isRunKey ? "a key made for the run" : "\($0.fingerprint), whom nothing given vouches for")
        }
        return names.isEmpty ? "no valid signature" : "sealed by \(TerminalText.escaped(names.joined(separator: ", ")))"
    }

    /// Whether anybody vouches for a record.
    private func standing(_ record: AttestationRecord) -> String {
        var parts: [String] = []
        if let signature = records.signatures[record.number] {
            parts.append(
                signature.fault.map { "not valid: \(TerminalText.escaped($0))" }
                    ?? signature.signer.map { "valid, by \(TerminalText.escaped($0))" }
                    ?? "valid, by \(signature.fingerprint), whom nothing given vouches for")
        }
        if let stamp = records.timestamps[record.number] {
            let time = stamp.info.map { Timestamp.text(seconds: $0.seconds) } ?? ""
            parts.append(
                stamp.fault.map { "not valid: \(TerminalText.escaped($0))" }
                    ?? "\(time) by \(TerminalText.escaped(stamp.authority?.subject ?? "")), "
                    + (stamp.isTrusted ? "believed" : "whom nothing given vouches for"))
        }
        parts.append(record.number <= records.coveredTo ? "covered" : "covered by nobody known")
        return parts.joined(separator: "; ")
    }

    private static func target(_ line: CustodyLine) -> String {
        let target = line.target
        let parts = [target.kind, target.namespace, target.name, target.container, target.node].compactMap(\.self)
        return parts.isEmpty ? "" : " \(TerminalText.escaped(parts.joined(separator: "/")))"
    }

    private static func detail(_ line: CustodyLine) -> String {
        guard !line.detail.isEmpty else { return "" }
        let text = String(decoding: JSONValue.object(line.detail).serialized(), as: UTF8.self)
        let shown = text.count > 200 ? "\(text.prefix(200))…" : text
        return " \(TerminalText.escaped(shown))"
    }

    // MARK: JSON

    func json(_ rendering: RenderingVerification) -> JSONValue {
        let capture: [JSONValue] = lines.map { line in
            [
                "time": .string(Timestamp.text(line.time)), "action": .string(line.action.rawValue),
                "attempt": JSONValue(line.attempt), "detail": .object(line.detail),
                "target": .string(Self.target(line)),
            ]
        }
        return [
            "capture": .array(capture), "unreadable": unreadable.map { .string($0) } ?? .null,
            "records": rendering.recordsJSON, "verification": rendering.json,
            "exitCode": JSONValue(rendering.status.rawValue),
        ]
    }
}
