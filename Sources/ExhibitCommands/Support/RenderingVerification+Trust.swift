internal import Bundle
internal import BundleFormat
internal import Cryptography
internal import StructuredText
internal import Terminal

/// Who and when, and on which anchors that rests.
extension RenderingVerification {
    var vouching: String {
        var parts: [String] = []
        if anchors.expectedSealID != nil { parts.append("the expected Seal ID") }
        var names: [String] = []
        for name in (verification.signers + verification.records.attestors).flatMap(\.principals)
        where !names.contains(name) { names.append(name) }
        for demand in verification.requiredSigners where demand.place != nil {
            let name = "\(demand.required)"
            if !names.contains(name) { names.append(name) }
        }
        if !names.isEmpty { parts.append("the signature of \(TerminalText.escaped(names.joined(separator: ", ")))") }
        return parts.joined(separator: " and ")
    }

    var identityWords: String {
        switch verification.identity.state {
        case .passed: return "vouched for by \(vouching)"
        case .failed: return "not what was asked for"
        case .notChecked:
            guard anchors.certificateAuthorities != nil else {
                return "not checked: no Seal ID and nobody who may sign was given"
            }
            return "not checked: an authority vouches for names, and nobody was named; see --require-signer"
        }
    }

    var timeWords: String {
        let started = verification.opening.map { "says it was captured from \(Timestamp.text($0.started.wall))" }
        let sealed = verification.claimedSealTime.map { "sealed \(Timestamp.text($0))" }
        let claim = [started, sealed].compactMap { $0 }.joined(separator: ", ")
        switch verification.time.state {
        case .passed:
            let proved =
                verification.provedSealTime.map { "existed by \(Self.text($0)), as a time stamp proves; " } ?? ""
            return "\(proved)it \(claim)"
        case .failed: return "not proved; it \(claim)"
        case .notChecked: return claim.isEmpty ? "not known" : "it \(claim); no time stamp proves it"
        }
    }

    func signers(_ style: TerminalStyle) -> [String] {
        var lines = verification.signers.flatMap { signer in
            let key = TerminalText.escaped("\(signer.algorithm) \(signer.fingerprint)")
            return ["  signed by   \(key) (\(TerminalText.escaped(who(signer))))"] + basis(signer)
        }
        for demand in verification.requiredSigners {
            guard let place = demand.place else { continue }
            lines.append("  required    \(TerminalText.escaped("\(demand.required)")): \(TerminalText.escaped(place))")
        }
        if verification.isOpenedByRunKey, verification.signers.contains(where: { !$0.isRunKey }) {
            lines.append("  opened by   the run's own key: nobody known vouched for it before the capture")
        }
        return lines
    }

    private func who(_ signer: JudgedSignature) -> String {
        if !signer.principals.isEmpty { return "allowed: \(signer.principals.joined(separator: ", "))" }
        if let certificate = signer.certificate {
            switch signer.trust {
            case .trusted(let chain)?:
                let unchecked = chain.notCheckedForRevocation.isEmpty ? "" : "; revocation was not checked"
                return "\(certificate.subject), under \(chain.certificates.last?.subject ?? "")\(unchecked)"
            case .untrusted(let failure)?: return "says \(certificate.subject), not to be believed: \(failure.reason)"
            case .unverified?, nil: return "says \(certificate.subject): no authority was given to believe"
            }
        }
        if signer.isRunKey { return "a key made for this run: says nothing about who" }
        if anchors.allowedSigners == nil { return "a key of which nothing is known here" }
        return signer.objections.first ?? "a key that is not among the allowed signers"
    }

    /// For which time that is said.
    private func basis(_ signer: JudgedSignature) -> [String] {
        guard signer.isTrusted else { return [] }
        let time = Self.text(signer.judgedAt)
        return switch signer.basis {
        case .timestamp: ["              as of \(time), which a time stamp over this signature proves"]
        case .claim: ["              as of \(time), which it says itself, and of now"]
        case .now: ["              as of now, since no time stamp proves another time"]
        }
    }

    func anchorLines(_ style: TerminalStyle) -> [String] {
        var lines: [String] = []
        switch used.origin {
        case .none: return []
        case .flags: lines.append("anchors       from the command line, all of which must hold")
        case .configuration(let file):
            lines.append("anchors       from \(TerminalText.escaped(file)), of which one is enough")
        }
        for file in used.files {
            lines.append(
                "  \(DisplayWidth.padded(file.name, to: 16))  \(TerminalText.escaped(file.path))  sha256 \(file.sha256.hex)"
            )
        }
        return lines
    }

    // MARK: JSON

    var signersJSON: JSONValue {
        .array(
            verification.signers.map { signer in
                var object: JSONObject = [
                    "file": .string(signer.place), "kind": .string(signer.kind.rawValue),
                    "algorithm": .string(signer.algorithm), "fingerprint": .string(signer.fingerprint),
                    "isRunKey": .bool(signer.isRunKey),
                    "principals": .array(signer.principals.map { .string($0) }),
                    "trusted": .bool(signer.isTrusted), "judgedAt": .string(Self.text(signer.judgedAt)),
                    "basis": .string(signer.basis.rawValue),
                ]
                if let certificate = signer.certificate {
                    object["subject"] = .string(certificate.subject)
                    object["issuer"] = .string(certificate.issuer)
                    object["serial"] = .string(certificate.serialNumber)
                }
                if case .untrusted(let failure)? = signer.trust { object["objection"] = .string("\(failure)") }
                if let objection = signer.objections.first { object["objection"] = .string(objection) }
                object["timestamps"] = .array(signer.timestamps.map(json))
                return .object(object)
            })
    }

    private func json(_ timestamp: JudgedTimestamp) -> JSONValue {
        var object: JSONObject = [
            "file": .string(timestamp.place), "valid": .bool(timestamp.isValid), "trusted": .bool(timestamp.isTrusted),
            "time": timestamp.info.map { .string(Self.text($0.seconds)) } ?? .null,
            "authority": timestamp.authority.map { .string($0.subject) } ?? .null,
            "serial": timestamp.info.map { .string($0.serialNumber) } ?? .null,
        ]
        if let fault = timestamp.fault { object["fault"] = .string(fault) }
        if case .untrusted(let failure)? = timestamp.trust { object["objection"] = .string("\(failure)") }
        return .object(object)
    }

    var requiredJSON: JSONValue {
        .array(
            verification.requiredSigners.map {
                ["signer": .string("\($0.required)"), "file": $0.place.map { .string($0) } ?? .null]
            })
    }

    var anchorsJSON: JSONValue {
        let origin: JSONValue
        switch used.origin {
        case .none: origin = .null
        case .flags: origin = .string("flags")
        case .configuration(let file): origin = .string(file)
        }
        return [
            "origin": origin,
            "expect": anchors.expectedSealID.map { .string("\($0)") } ?? .null,
            "files": .array(
                used.files.map {
                    ["name": .string($0.name), "path": .string($0.path), "sha256": .string($0.sha256.hex)]
                }),
        ]
    }

    static func text(_ seconds: Int64) -> String { Timestamp.text(seconds * 1_000_000_000) }
}
