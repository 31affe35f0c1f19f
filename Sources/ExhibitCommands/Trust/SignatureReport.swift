internal import Bundle
internal import BundleFormat
internal import StructuredText
internal import Terminal

/// Who sealed a bundle, with which time stamps, and who did not.
struct SignatureReport {
    let sealed: SealedBundle
    /// What the key is called that nobody knows.
    let ownKey: String

    /// - Parameter width: of the words at the beginning of a line.
    func lines(width: Int, _ style: TerminalStyle) -> [String] {
        func line(_ word: String, _ text: String) -> String {
            "\(style(.bold, DisplayWidth.padded(word, to: width)))\(text)"
        }
        var lines = sealed.signatures.map { signature in
            line(
                "signed",
                signature.isOwnKey
                    ? "with \(ownKey): put the Seal ID into the ticket, it is what proves this bundle later"
                    : "with your \(signature.kind == .ssh ? "key" : "certificate") \(signature.fingerprint)"
                        + (signature.name.isEmpty ? "" : " (\(TerminalText.escaped(signature.name)))"))
        }
        for signature in sealed.signatures {
            switch signature.timestamp {
            case .notAskedFor: break
            case .taken(let time, let authority, _):
                lines.append(
                    line("stamped", "\(Self.text(time)) by \(TerminalText.escaped(authority))"))
            case .lacking(let reason):
                lines.append(
                    style(.warning, "no time stamp over \(signature.path): \(TerminalText.escaped(reason))"))
            }
        }
        for signer in sealed.failedSigners {
            lines.append(
                style(
                    .warning,
                    "\(TerminalText.escaped(signer.fingerprint)) did not sign: \(TerminalText.escaped(signer.reason))"))
        }
        let path = ShellText.quoted(sealed.path)
        if sealed.lacksTimestamp {
            lines.append(style(.dim, "a time stamp can be had later: exhibit timestamp \(path) --tsa URL"))
        }
        if !sealed.failedSigners.isEmpty {
            lines.append(style(.dim, "a signature can be added later: exhibit sign \(path)"))
        }
        return lines
    }

    var json: JSONValue {
        .array(
            sealed.signatures.map { signature in
                var object: JSONObject = [
                    "file": .string(signature.path), "kind": .string(signature.kind.rawValue),
                    "fingerprint": .string(signature.fingerprint), "name": .string(signature.name),
                    "isOwnKey": .bool(signature.isOwnKey),
                ]
                switch signature.timestamp {
                case .notAskedFor: object["timestamp"] = .null
                case .taken(let time, let authority, let service):
                    object["timestamp"] = [
                        "time": .string(Self.text(time)), "authority": .string(authority), "service": .string(service),
                    ]
                case .lacking(let reason): object["timestamp"] = ["lacking": .string(reason)]
                }
                return .object(object)
            })
    }

    var failedJSON: JSONValue {
        .array(
            sealed.failedSigners.map {
                [
                    "fingerprint": .string($0.fingerprint), "name": .string($0.name), "reason": .string($0.reason),
                ]
            })
    }

    private static func text(_ seconds: Int64) -> String { Timestamp.text(seconds * 1_000_000_000) }
}
