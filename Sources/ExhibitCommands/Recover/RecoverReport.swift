internal import Bundle
internal import BundleFormat
internal import Cryptography
internal import StructuredText
internal import Terminal

/// What `recover` says when it is done.
struct RecoverReport {
    /// Entries of a kind that are shown as text; JSON has all.
    private static let shown = 8

    let recovered: RecoveredBundle
    let partial: String

    /// What was in the memory of the killed process cannot be known, so a recovery is never simply a success.
    var status: ExitStatus { recovered.proof == nil ? .ok : .sealedRecovered }

    private var signatures: SignatureReport {
        SignatureReport(sealed: recovered.sealed, ownKey: "a key made for this recovery")
    }

    // MARK: Text

    func lines(_ style: TerminalStyle) -> [String] {
        let sealed = recovered.sealed
        var lines = [
            "\(style(.bold, "bundle"))    \(TerminalText.escaped(sealed.path)) "
                + "(\(Quantity.bytes(sealed.size)), \(Quantity.count(sealed.counts.payloadFiles, "file", "files")), "
                + "\(Quantity.bytes(sealed.counts.payloadBytes)) captured)",
            "\(style(.bold, "Seal ID"))   \(sealed.sealID)",
        ]
        if let proof = recovered.proof {
            lines += self.lines(proof, style)
        } else {
            lines.append(
                "\(style(.bold, "sealed"))    by the capture itself; only its name was missing, nothing was lost")
        }
        let opener = recovered.isOpenedByRunKey ? "a key made for the run" : "the key \(recovered.opener)"
        lines.append("\(style(.bold, "opened"))    with \(opener)")
        lines.append(
            style(
                .dim,
                "\(TerminalText.escaped(partial)) and what is beside it are unchanged; remove them when the bundle is safe"
            ))
        return lines
    }

    private func lines(_ proof: RecoveredBundle.Proof, _ style: TerminalStyle) -> [String] {
        let record = proof.record
        var lines = [
            "\(style(.bold, "recovered")) up to checkpoint \(record.checkpoint) of \(Timestamp.text(proof.checkpointTime)) "
                + "(behind it: \(TerminalText.escaped(proof.reason)))"
        ]
        lines = signatures.lines(width: 10, style) + lines
        if proof.unendedAttempts > 0 {
            lines.append(
                style(
                    .warning,
                    "\(Quantity.count(proof.unendedAttempts, "attempt", "attempts")) had not ended, see inspect"))
        }
        lines += list(record.partial.map(\.rawValue), "cut off", style)
        lines += list(record.lostEntries.map { "\($0.path): \($0.reason)" }, "lost", style)
        if record.lostBytes > 0 {
            lines.append(
                style(.warning, "\(Quantity.bytes(record.lostBytes)) were found that nothing proves, or were not found")
            )
        }
        if record.unsignedCustodyLines > 0 {
            let amount = Quantity.count(record.unsignedCustodyLines, "custody line", "custody lines")
            lines.append(style(.warning, "\(amount) behind the checkpoint: nobody signed them"))
        }
        return lines
    }

    private func list(_ items: [String], _ word: String, _ style: TerminalStyle) -> [String] {
        var lines = items.prefix(Self.shown).map { "  \(style(.warning, word))  \(TerminalText.escaped($0))" }
        if items.count > Self.shown { lines.append("  … and \(items.count - Self.shown) more \(word)") }
        return lines
    }

    // MARK: JSON

    var json: JSONValue {
        let sealed = recovered.sealed
        var object: JSONObject = [
            "bundle": .string(sealed.path), "sealID": .string(sealed.sealID.description),
            "sha256": .string(sealed.sha256.hex), "size": JSONValue(sealed.size), "signer": .string(sealed.signer),
            "signedByOperator": .bool(sealed.isSignedByOperator), "signatures": signatures.json,
            "failedSigners": signatures.failedJSON, "files": JSONValue(sealed.counts.payloadFiles),
            "bytes": JSONValue(sealed.counts.payloadBytes), "openedBy": .string(recovered.opener),
            "openedByRunKey": .bool(recovered.isOpenedByRunKey), "wasSealed": .bool(recovered.proof == nil),
        ]
        if let proof = recovered.proof {
            let record = proof.record
            let lost: [JSONValue] = record.lostEntries.map {
                ["path": .string($0.path.rawValue), "bytes": JSONValue($0.bytes), "reason": .string($0.reason)]
            }
            object["checkpoint"] = JSONValue(record.checkpoint)
            object["checkpointTime"] = .string(Timestamp.text(proof.checkpointTime))
            object["behindIt"] = .string(proof.reason)
            object["unendedAttempts"] = JSONValue(proof.unendedAttempts)
            object["partial"] = .array(record.partial.map { .string($0.rawValue) })
            object["lost"] = ["bytes": JSONValue(record.lostBytes), "entries": .array(lost)]
            object["unsignedCustodyLines"] = JSONValue(record.unsignedCustodyLines)
        }
        object["exitCode"] = JSONValue(status.rawValue)
        return .object(object)
    }
}
