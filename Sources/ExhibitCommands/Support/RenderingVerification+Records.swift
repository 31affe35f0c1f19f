internal import Bundle
internal import BundleFormat
internal import Cryptography
internal import StructuredText
internal import Terminal

/// What was recorded after the seal.
extension RenderingVerification {
    private var records: AttestedRecords { verification.records }

    func recordLines(_ style: TerminalStyle) -> [String] {
        guard records.answer.state != .notChecked || !records.answer.findings.isEmpty else { return [] }
        let mark =
            switch records.answer.state {
            case .passed: style(.ok, "ok")
            case .failed: style(.error, "FAILED")
            case .notChecked: style(.warning, "?")
            }
        var lines = ["records       \(mark)  \(recordWords)"]
        for signature in records.attestors {
            let name = signature.signer ?? "nobody known"
            lines.append(
                "  attested later by \(TerminalText.escaped(name)) (\(signature.fingerprint)), \(signature.place)")
        }
        for who in records.coveredBy { lines.append("  vouched for by \(TerminalText.escaped(who))") }
        for finding in records.answer.findings {
            let place = finding.path.isEmpty ? "" : "\(TerminalText.escaped(finding.path)): "
            let text = "\(place)\(TerminalText.escaped(finding.says))"
            lines.append(
                finding.severity == .failure ? "  \(style(.error, text))" : "  \(style(.dim, "note: \(text)"))")
        }
        return lines
    }

    private var recordWords: String {
        let amount = Quantity.count(records.records.count, "record", "records")
        switch records.answer.state {
        case .notChecked: return "not looked at"
        case .failed:
            return
                "\(amount) hold; what follows does not, or a signature in them is not valid. The bundle is not concerned"
        case .passed:
            guard let from = records.uncoveredFrom else { return "\(amount), all of them vouched for" }
            if from > 1, records.records.dropFirst(Int(from - 1)).allSatisfy(isProof) {
                return
                    "\(amount), vouched for up to record \(from - 1); what follows are signatures and time stamps that prove "
                    + "themselves, but not their records' names and times"
            }
            return from == 1
                ? "\(amount), consistent; nobody known vouches for them: anyone may have altered, inserted or removed some"
                : "\(amount); from record \(from) on nobody known vouches for them: anyone may have altered, inserted or "
                    + "removed some"
        }
    }

    /// A signature or time stamp to be believed.
    private func isProof(_ record: AttestationRecord) -> Bool {
        records.signatures[record.number]?.isTrusted == true || records.timestamps[record.number]?.isTrusted == true
    }

    var recordsJSON: JSONValue {
        let list: [JSONValue] = records.records.map { record in
            guard case .object(var object) = RecordText(record).json else { return .null }
            object["covered"] = .bool(record.number <= records.coveredTo)
            if let signature = records.signatures[record.number] {
                object["valid"] = .bool(signature.isValid)
                object["fingerprint"] = .string(signature.fingerprint)
                object["signer"] = signature.signer.map { .string($0) } ?? .null
            }
            if let stamp = records.timestamps[record.number] {
                object["valid"] = .bool(stamp.isValid)
                object["trusted"] = .bool(stamp.isTrusted)
                object["stamped"] = stamp.info.map { .string(Timestamp.text(seconds: $0.seconds)) } ?? .null
            }
            return .object(object)
        }
        let findings: [JSONValue] = records.answer.findings.map {
            [
                "code": .string($0.code.rawValue), "severity": .string($0.severity.rawValue),
                "path": .string($0.path), "says": .string($0.says),
            ]
        }
        return [
            "state": .string(records.answer.state == .notChecked ? "none" : records.answer.state.rawValue),
            "count": JSONValue(records.records.count), "folded": JSONValue(records.foldedCount),
            "coveredTo": JSONValue(records.coveredTo),
            "uncoveredFrom": records.uncoveredFrom.map { JSONValue($0) } ?? .null,
            "coveredBy": .array(records.coveredBy.map { .string($0) }),
            "file": records.sidecar.map { .string($0) } ?? .null, "findings": .array(findings),
            "suppressed": JSONValue(records.answer.suppressed), "records": .array(list),
        ]
    }
}
