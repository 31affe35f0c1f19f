internal import Bundle
internal import BundleFormat
internal import StructuredText
internal import Terminal

/// A ``Verification`` in words, and as JSON.
struct RenderingVerification {
    /// Findings of one question that are shown as text; JSON has all that were kept.
    private static let shown = 20

    let verification: Verification
    let used: UsedAnchors

    var anchors: Anchors { used.anchors }

    init(verification: Verification, anchors: UsedAnchors) {
        self.verification = verification
        used = anchors
    }

    /// When several answers are bad the worst counts: integrity, then identity, then completeness, then time. Records made
    /// after the seal come last: they can be wrong where the bundle is right.
    var status: ExitStatus {
        if verification.integrity.state == .failed { return .integrityFailed }
        if verification.identity.state == .failed { return .identityFailed }
        if verification.completeness.state == .failed { return .incomplete }
        if verification.time.state == .failed { return .timeFailed }
        guard verification.verdict == .authentic else { return .consistentNotAuthenticated }
        return verification.records.answer.state == .failed ? .recordsFailed : .ok
    }

    // MARK: Text

    /// The four questions, each with its answer.
    var answers: [(question: String, state: Verification.State, words: String)] {
        [
            ("integrity", integrityState, integrityWords), ("completeness", completenessState, completenessWords),
            ("identity", verification.identity.state, identityWords), ("time", verification.time.state, timeWords),
        ]
    }

    func lines(_ style: TerminalStyle) -> [String] {
        var lines = answer("integrity", verification.integrity, integrityState, integrityWords, style)
        lines += answer("completeness", verification.completeness, completenessState, completenessWords, style)
        lines += answer("identity", verification.identity, verification.identity.state, identityWords, style)
        lines += signers(style)
        lines += answer("time", verification.time, verification.time.state, timeWords, style)
        lines += recordLines(style)
        lines += anchorLines(style)
        lines.append("Seal ID       \(verification.sealID.map { "\($0)" } ?? "none could be computed")")
        if status == .consistentNotAuthenticated {
            lines += [
                "to do         Anyone can build such a bundle. To know that it is the one that was captured, run again",
                "              with --expect SEALID (from the ticket), --allowed-signers FILE (who may sign), or --ca FILE and",
                "              --require-signer WHO (whose certificate).",
            ]
        }
        lines.append("verdict       \(verdict(style))")
        return lines
    }

    /// One line.
    func verdict(_ style: TerminalStyle) -> String {
        switch status {
        case .ok where verification.recovery != nil:
            return style(
                .ok, "authentic: unchanged since a killed capture was recovered, and vouched for by \(vouching)")
        case .ok: return style(.ok, "authentic: unchanged, complete, and vouched for by \(vouching)")
        case .consistentNotAuthenticated:
            return style(
                .warning, "consistent, not authenticated: nothing contradicts itself, and nothing proves whose it is")
        case .integrityFailed:
            return style(.error, "FAILED: it was altered or damaged after it was sealed; do not rely on it")
        case .identityFailed:
            return style(
                .error,
                "NOT AUTHENTIC: consistent in itself, but not the seal, or not by the signer, that was asked for")
        case .incomplete: return style(.error, "INCOMPLETE: part of it is missing")
        case .recordsFailed:
            return style(
                .error, "RECORDS DO NOT HOLD: the bundle is unchanged, complete, and vouched for by \(vouching)")
        default:
            return style(
                .error, "TIME NOT PROVED: a time stamp does not hold, or the one that was asked for is lacking")
        }
    }

    private var integrityState: Verification.State { verification.integrity.state }

    /// Damage that kept the seal from being read leaves open whether something is missing behind it.
    private var completenessState: Verification.State {
        let isUnread =
            verification.sealID == nil && integrityState == .failed && verification.completeness.state == .passed
        return isUnread ? .notChecked : verification.completeness.state
    }

    private var integrityWords: String {
        let counts = verification.counts
        let amount =
            "\(Quantity.count(counts.files, "file", "files")), \(Quantity.bytes(counts.payloadBytes)) of payload"
        switch integrityState {
        case .passed: return "unchanged since it was sealed: \(amount)"
        case .failed: return "altered or damaged\(surveyWords)"
        case .notChecked: return "not known for the whole: \(amount) could be read"
        }
    }

    private var surveyWords: String {
        guard let survey = verification.survey else { return "" }
        let amount = "\(Quantity.count(survey.whole)) of \(Quantity.count(survey.entries, "entry", "entries"))"
        return survey.isIndexSealed
            ? "; \(amount) are as the seal below says" : "; \(amount) are as the index says, which no seal proves here"
    }

    private var completenessWords: String {
        let counts = verification.counts
        switch completenessState {
        case .passed where verification.recovery != nil:
            let record = verification.recovery
            return
                "what checkpoint \(record?.checkpoint ?? 0) proves is all there; the capture was killed, and what came "
                + "after it is lost (\(Quantity.bytes(record?.lostBytes ?? 0)) were found that nothing proves)"
        case .passed:
            return
                "all that was sealed is there: \(Quantity.count(counts.attempts, "attempt", "attempts")) in the ledger, "
                + "\(Quantity.count(counts.custodyLines, "line", "lines")) of custody"
        case .failed:
            let last = verification.lastWholeFile.map { "; the last whole file is \(TerminalText.escaped($0))" } ?? ""
            return "part of it is missing\(last)"
        case .notChecked: return "not known: it could not be read to its end"
        }
    }

    private func answer(
        _ name: String, _ answer: Verification.Answer, _ state: Verification.State, _ words: String,
        _ style: TerminalStyle
    ) -> [String] {
        let role: TerminalStyle.Role =
            switch state {
            case .passed: .ok
            case .failed: .error
            case .notChecked: .warning
            }
        let mark =
            switch state {
            case .passed: "ok"
            case .failed: "FAILED"
            case .notChecked: "?"
            }
        // Passed is green only where something from outside the bundle says so in the end.
        let shownRole = role == .ok && status != .ok ? .bold : role
        var lines = [
            "\(DisplayWidth.padded(name, to: 13)) \(style(shownRole, DisplayWidth.padded(mark, to: 6)))  \(words)"
        ]
        let failures = answer.findings.filter { $0.severity == .failure }
        for finding in failures.prefix(Self.shown) { lines += self.lines(finding, style) }
        let left = failures.count - min(failures.count, Self.shown) + answer.suppressed
        if left > 0 {
            let hint = answer.suppressed > 0 ? "" : " (--output json has all)"
            lines.append("  … and \(Quantity.count(left)) more\(hint)")
        }
        // That there is no time stamp is said above.
        for notice in answer.findings where notice.severity == .notice && !(name == "time" && notice.path.isEmpty) {
            let place = notice.path.isEmpty ? "" : "\(TerminalText.escaped(notice.path)): "
            lines.append("  \(style(.dim, "note: \(place)\(TerminalText.escaped(notice.says))"))")
        }
        return lines
    }

    private func lines(_ finding: Finding, _ style: TerminalStyle) -> [String] {
        let place = finding.path.isEmpty ? "" : "\(TerminalText.escaped(finding.path)): "
        var lines = ["  \(style(.error, "\(place)\(TerminalText.escaped(finding.says))"))"]
        if let expected = finding.expected { lines.append("      expected  \(TerminalText.escaped(expected))") }
        if let actual = finding.actual { lines.append("      found     \(TerminalText.escaped(actual))") }
        return lines
    }

    // MARK: JSON

    var json: JSONValue {
        let counts = verification.counts
        return [
            "verdict": .string(status == .ok ? "authentic" : "\(status)"), "exitCode": JSONValue(status.rawValue),
            "sealID": verification.sealID.map { .string("\($0)") } ?? .null,
            "bundle": verification.opening.map { .string($0.bundle.rawValue) } ?? .null,
            "integrity": json(verification.integrity, integrityState),
            "completeness": json(verification.completeness, completenessState),
            "identity": json(verification.identity, verification.identity.state),
            "time": json(verification.time, verification.time.state), "signers": signersJSON,
            "requiredSigners": requiredJSON, "openedByRunKey": .bool(verification.isOpenedByRunKey),
            "provedSealTime": verification.provedSealTime.map { .string(Self.text($0)) } ?? .null,
            "records": recordsJSON, "anchors": anchorsJSON,
            "started": verification.opening.map { .string(Timestamp.text($0.started.wall)) } ?? .null,
            "claimedSealTime": verification.claimedSealTime.map { .string(Timestamp.text($0)) } ?? .null,
            "lastWholeFile": verification.lastWholeFile.map { .string($0) } ?? .null,
            "survey": verification.survey.map { survey in
                [
                    "entries": JSONValue(survey.entries), "whole": JSONValue(survey.whole),
                    "indexSealed": .bool(survey.isIndexSealed),
                ]
            } ?? .null,
            "deep": .bool(verification.isDeep),
            "counts": [
                "files": JSONValue(counts.files), "payloadFiles": JSONValue(counts.payloadFiles),
                "payloadBytes": JSONValue(counts.payloadBytes), "attempts": JSONValue(counts.attempts),
                "custodyLines": JSONValue(counts.custodyLines), "checkpoints": JSONValue(counts.checkpoints),
                "segments": JSONValue(counts.segments),
            ],
        ]
    }

    private func json(_ answer: Verification.Answer, _ state: Verification.State) -> JSONValue {
        let findings: [JSONValue] = answer.findings.map { finding in
            var object: JSONObject = [
                "code": .string(finding.code.rawValue), "severity": .string(finding.severity.rawValue),
                "path": .string(finding.path), "says": .string(finding.says),
            ]
            if let expected = finding.expected { object["expected"] = .string(expected) }
            if let actual = finding.actual { object["actual"] = .string(actual) }
            if let offset = finding.offset { object["offset"] = JSONValue(offset) }
            return .object(object)
        }
        return [
            "state": .string(state.rawValue), "findings": .array(findings), "suppressed": JSONValue(answer.suppressed),
        ]
    }
}
