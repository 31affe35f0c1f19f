internal import BundleFormat
internal import Cryptography

/// When the bundle was sealed, as far as time stamps say (section 8.3).
struct TimeCheck {
    let judge: TrustJudge
    /// All signatures over the seal, wrong ones included.
    let signatures: [JudgedSignature]

    private var anchors: Anchors { judge.anchors }
    private var timestamps: [JudgedTimestamp] { signatures.flatMap(\.timestamps) }

    func answer(_ result: inout Verification) {
        for timestamp in timestamps {
            guard let fault = timestamp.fault else { continue }
            result.add(Finding(.timestamp, path: timestamp.place, says: fault), to: \.time)
        }
        guard anchors.timestampAuthorities != nil else { return sayClaims(&result) }
        let stamped = signatures.filter { $0.isValid && $0.basis == .timestamp }
        // With the expected Seal ID, a time stamp over any signature of this seal says that it existed by then.
        let isExpected = anchors.expectedSealID != nil && result.sealID == anchors.expectedSealID
        let counting = stamped.filter { isExpected || judge.accepts($0) }
        if let first = counting.min(by: { $0.judgedAt < $1.judgedAt }) {
            result.provedSealTime = first.judgedAt
            if result.time.state == .notChecked { result.time.state = .passed }
            compare(first, &result)
            return
        }
        if let other = stamped.min(by: { $0.judgedAt < $1.judgedAt }) {
            sayOther(other, &result)
            // Whose it is was not asked either.
            guard anchors.sayWho else { return }
        }
        if anchors.requiresTimestamp {
            result.add(
                Finding(
                    .timestamp, path: "sig/",
                    says: objection ?? "there is no time stamp over the signature of anybody who was asked for"),
                to: \.time)
        } else if let objection {
            result.add(Finding(.timestamp, .notice, path: "sig/", says: objection), to: \.time)
        } else if stamped.isEmpty {
            sayNothing(&result)
        }
    }

    /// Why a time stamp does not count.
    private var objection: String? {
        for timestamp in timestamps {
            if case .untrusted(let failure)? = timestamp.trust { return "\(timestamp.place): \(failure)" }
        }
        return nil
    }

    /// Both may be right: a bundle may be stamped late, and a clock may be wrong. A time stamp from before is not.
    private func compare(_ signature: JudgedSignature, _ result: inout Verification) {
        let accuracy =
            signature.timestamps.filter(\.isTrusted).compactMap(\.info?.accuracy).max() ?? .zero
        let slack = accuracy.components.seconds + 1
        let claims = [
            ("the start of the capture", result.opening?.started.wall), ("the seal", result.claimedSealTime),
        ]
        for (what, claim) in claims {
            guard let claim else { continue }
            let difference = claim / 1_000_000_000 - signature.judgedAt
            guard difference > slack else { continue }
            result.add(
                Finding(
                    .timestamp, .notice, path: signature.place,
                    says: "it is stamped \(difference) s before \(what) as the bundle has it: that clock was wrong"),
                to: \.time)
            return
        }
    }

    private func sayOther(_ signature: JudgedSignature, _ result: inout Verification) {
        result.add(
            Finding(
                .notChecked, .notice, path: signature.place,
                says:
                    "this seal existed by \(Self.text(signature.judgedAt)), but that proves no time for the signature of "
                    + "anybody who was asked for"),
            to: \.time)
    }

    private func sayClaims(_ result: inout Verification) {
        var isSaid = false
        for timestamp in timestamps where timestamp.isValid {
            guard let info = timestamp.info else { continue }
            isSaid = true
            result.add(
                Finding(
                    .notChecked, .notice, path: timestamp.place,
                    says:
                        "it says \(Self.text(info.seconds)), by \(timestamp.authority?.subject ?? ""): no authority was "
                        + "given to believe"),
                to: \.time)
        }
        if !isSaid { sayNothing(&result) }
    }

    private func sayNothing(_ result: inout Verification) {
        let claim = result.claimedSealTime.map { "; whoever sealed it says \(Timestamp.text($0))" } ?? ""
        result.add(
            Finding(.notChecked, .notice, says: "no time stamp proves when it was sealed\(claim)"), to: \.time)
    }

    private static func text(_ seconds: Int64) -> String { Timestamp.text(seconds * 1_000_000_000) }
}
