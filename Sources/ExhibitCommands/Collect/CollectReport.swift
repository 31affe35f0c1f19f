internal import Bundle
internal import BundleFormat
internal import Collection
internal import Cryptography
internal import Glibc
internal import StructuredText
internal import Terminal

/// What `collect` says when it is done.
struct CollectReport {
    let sealed: SealedBundle
    /// As the opening record names them; empty when the bundle is not encrypted.
    let recipients: [String]
    let summary: CaptureEngine.Summary
    let clusterFailure: (any Error)?
    /// Nodes on which an agent may still be.
    var agentsLeft: [String] = []
    /// The bundle went to standard output.
    let isStream: Bool

    /// The most serious of what there is to say; JSON has all of it.
    var status: ExitStatus {
        switch summary.stopped {
        case .diskFull?: return .sealedDiskFull
        case .maxSize?: return .sealedAtMaxSize
        case .deadline?: return .sealedAtDeadline
        case .interrupted?: return .sealedInterrupted
        case nil: break
        }
        if summary.entries == 0 { return .sealedNothingCaptured }
        // Gaps are usual; that somebody who should have signed did not can be made good: `exhibit sign`.
        if !sealed.failedSigners.isEmpty { return .sealedWithoutSigner }
        if sealed.lacksTimestamp { return .sealedWithoutTimestamp }
        return summary.gaps.contains(where: \.isLoss) || clusterFailure != nil || !agentsLeft.isEmpty
            ? .sealedWithGaps : .ok
    }

    func write(_ format: OutputFormat, to descriptor: Int32) {
        let isShown: Bool
        switch format {
        case .json: isShown = Self.put(String(decoding: json.serialized(), as: UTF8.self), to: descriptor)
        case .text: isShown = text(descriptor).allSatisfy { Self.put($0, to: descriptor) }
        }
        // The Seal ID is the one thing that cannot be had again.
        if !isShown {
            Self.put(
                "exhibit collect: sealed \(TerminalText.escaped(sealed.path)), Seal ID \(sealed.sealID)",
                to: STDERR_FILENO)
        }
    }

    // MARK: Text

    private var signatures: SignatureReport { SignatureReport(sealed: sealed, ownKey: "a key made for this run") }

    private func text(_ descriptor: Int32) -> [String] {
        let style = TerminalStyle(descriptor: descriptor)
        let attempts = summary.states.values.reduce(0, +)
        var lines = [
            "\(style(.bold, "bundle"))   \(TerminalText.escaped(sealed.path)) "
                + "(\(Quantity.bytes(sealed.size)), \(Quantity.count(sealed.counts.payloadFiles, "file", "files")), "
                + "\(Quantity.bytes(sealed.counts.payloadBytes)) captured)",
            "\(style(.bold, "Seal ID"))  \(sealed.sealID)",
            "\(style(.bold, "attempts")) \(Quantity.count(attempts)): "
                + AttemptState.allCases.compactMap { state in
                    summary.states[state].map { "\(Quantity.count($0)) \(state.rawValue)" }
                }.joined(separator: ", "),
        ]
        lines.insert(
            contentsOf: signatures.lines(width: 9, style)
                + recipients.map { "\(style(.bold, "for"))      \(TerminalText.escaped($0))" }, at: 2)
        if let stopped = stoppedText {
            lines.append(style(.warning, "ended early: \(stopped); what was not reached is listed as skipped"))
        }
        let gaps = summary.gaps
        if !gaps.isEmpty {
            lines.append(style(.bold, "not had") + "  (all of it, with reasons: exhibit inspect)")
            for gap in gaps.prefix(8) {
                let role: TerminalStyle.Role = gap.isLoss ? .warning : .dim
                let example = "\(StepWords.prefix(gap.step))\(gap.example)"
                lines.append(
                    "  \(style(role, "\(gap.count) × \(gap.collector) \(gap.state.rawValue)"))  "
                        + TerminalText.escaped(
                            gap.count == 1 ? "\(gap.code): \(example)" : "\(gap.code), as in: \(example)"))
            }
            if gaps.count > 8 { lines.append("  … and \(gaps.count - 8) other kinds") }
        }
        if sealed.counts.unfinished > 0 {
            lines.append(
                style(
                    .warning,
                    "\(Quantity.count(sealed.counts.unfinished, "entry was", "entries were")) not finished and left out"
                ))
        }
        if !sealed.isNameSynced {
            lines.append(
                style(.warning, "the disk did not confirm the bundle's name: copy the file to a safe place now"))
        }
        if sealed.checksumFile == nil, !isStream {
            lines.append(style(.warning, "the .sha256 file beside the bundle could not be written"))
        }
        let isKeyNeeded = !recipients.isEmpty && recipients != ["passphrase"]
        let file = (isKeyNeeded ? "--identity FILE " : "") + (isStream ? "FILE" : ShellText.quoted(sealed.path))
        lines.append("\(style(.bold, "next"))     exhibit verify --expect \(sealed.sealID) \(file)")
        lines.append("         exhibit inspect \(file)")
        return lines
    }

    private var stoppedText: String? {
        switch summary.stopped {
        case .interrupted?: "by you"
        case .deadline?: "at the deadline"
        case .diskFull?: "the disk was nearly full"
        case .maxSize?: "the bundle has the size it may have (--max-size)"
        case nil: nil
        }
    }

    // MARK: JSON

    private var json: JSONValue {
        var states = JSONObject()
        for state in AttemptState.allCases { states[state.rawValue] = summary.states[state].map { JSONValue($0) } }
        return [
            "bundle": .string(sealed.path), "sealID": .string(sealed.sealID.description),
            "sha256": .string(sealed.sha256.hex),
            "size": JSONValue(sealed.size), "signer": .string(sealed.signer),
            "signedByOperator": .bool(sealed.isSignedByOperator), "signatures": signatures.json,
            "agentsLeft": .array(agentsLeft.map { .string($0) }), "failedSigners": signatures.failedJSON,
            "files": JSONValue(sealed.counts.payloadFiles),
            "bytes": JSONValue(sealed.counts.payloadBytes), "attempts": .object(states),
            "stopped": summary.stopped.map { .string($0.rawValue) } ?? .null,
            "gaps": .array(
                summary.gaps.map { gap in
                    [
                        "collector": .string(gap.collector), "state": .string(gap.state.rawValue),
                        "code": .string(gap.code), "count": JSONValue(gap.count), "step": .string(gap.step),
                        "example": .string(gap.example),
                    ]
                }),
            "recipients": .array(recipients.map { .string($0) }), "exitCode": JSONValue(status.rawValue),
        ]
    }

    // MARK: Failure

    static func writeFailure(
        _ error: any Error, _ status: ExitStatus, _ format: OutputFormat, to descriptor: Int32
    ) {
        let message = "\(error)"
        if format == .json {
            let json: JSONValue = [
                "error": .string(message), "exitCode": JSONValue(status.rawValue), "status": .string("\(status)"),
            ]
            put(String(decoding: json.serialized(), as: UTF8.self), to: descriptor)
        }
        let style = TerminalStyle(descriptor: STDERR_FILENO)
        put(
            "exhibit collect: \(style(.error, "nothing was sealed")): \(TerminalText.escaped(message))",
            to: STDERR_FILENO)
    }

    /// Writes a line; false when nobody takes it, which is no failure of the capture.
    @discardableResult
    private static func put(_ line: String, to descriptor: Int32) -> Bool {
        var bytes = Array((line + "\n").utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            bytes = bytes.dropFirst(count)
        }
        return true
    }
}

/// Text to be pasted into a shell.
enum ShellText {
    static func quoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { byte in
            (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x61 && byte <= 0x7A)
                || [0x2D, 0x2E, 0x2F, 0x5F, 0x2B, 0x3A, 0x40, 0x2C].contains(byte)
        }
        return plain && !text.isEmpty && !text.hasPrefix("-")
            ? text
            : "'"
                + TerminalText.escaped(text).split(separator: "'", omittingEmptySubsequences: false).joined(
                    separator: "'\\''") + "'"
    }
}
