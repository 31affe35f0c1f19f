internal import BundleFormat
internal import Cryptography

/// Who sealed the bundle, as far as the anchors say (section 8.3).
struct IdentityCheck {
    let judge: TrustJudge
    /// All signatures over the seal in `sig/`, wrong ones included.
    let signatures: [JudgedSignature]
    /// The valid ones that were recorded later. They vouch for the seal, not for how it came about.
    let later: [JudgedSignature]

    private var anchors: Anchors { judge.anchors }
    private var sealers: [JudgedSignature] { signatures.filter(\.isValid) }
    private var valid: [JudgedSignature] { sealers + later }

    func answer(_ result: inout Verification, opening: SSHSignature?, openingBytes: [UInt8]) {
        for signature in signatures {
            guard let fault = signature.fault else { continue }
            result.add(
                Finding(
                    .signature, path: signature.place, says: fault,
                    actual: signature.fingerprint.isEmpty ? nil : signature.fingerprint),
                to: \.integrity)
        }
        result.signers = sealers
        result.requiredSigners = anchors.requiredSigners.map { required in
            .init(required: required, place: valid.first { judge.isSignature($0, by: required) }?.place)
        }
        if anchors.sayWho { result.identity.state = .passed }
        checkOpening(&result, opening, openingBytes)
        checkSeal(&result)
        if anchors.areAlternatives {
            checkAlternatives(&result)
        } else {
            checkAllowed(&result)
            checkCertificate(&result)
            checkRequired(&result)
        }
    }

    private func checkSeal(_ result: inout Verification) {
        guard let expected = anchors.expectedSealID, result.sealID != expected else { return }
        result.add(
            Finding(
                .otherSeal, path: BundleLayout.seal.rawValue, says: "this is another seal than the expected one",
                expected: "\(expected)", actual: result.sealID.map { "\($0)" } ?? "none"),
            to: \.identity)
    }

    // MARK: Each was asked for

    private func checkAllowed(_ result: inout Verification) {
        guard anchors.allowedSigners != nil, !valid.contains(where: { !$0.principals.isEmpty }) else { return }
        fail(&result, valid.compactMap(objection).first ?? "nobody sealed it who is among the allowed signers")
    }

    private func checkCertificate(_ result: inout Verification) {
        guard anchors.certificateAuthorities != nil else { return }
        let isPinned = valid.contains { signature in
            signature.kind == .cms && anchors.requiredSigners.contains { judge.isSignature(signature, by: $0) }
        }
        guard !isPinned, !valid.contains(where: { $0.trust?.isTrusted == true }) else { return }
        fail(
            &result, valid.compactMap(Self.distrust).first ?? "nobody sealed it with a certificate of these authorities"
        )
    }

    private func checkRequired(_ result: inout Verification) {
        for demand in result.requiredSigners where demand.place == nil {
            result.add(
                Finding(
                    .signer, path: "sig/", says: "there is no valid signature by the required signer",
                    expected: "\(demand.required)", actual: signersFound),
                to: \.identity)
        }
    }

    // MARK: One is enough

    private func checkAlternatives(_ result: inout Verification) {
        guard anchors.allowedSigners != nil || !anchors.requiredSigners.isEmpty,
            !valid.contains(where: judge.accepts)
        else { return }
        fail(
            &result,
            valid.compactMap { objection($0) ?? Self.distrust($0) }.first
                ?? "nobody sealed it whom the configured anchors expect")
    }

    private func fail(_ result: inout Verification, _ says: String) {
        result.add(Finding(.signer, path: "sig/", says: says, actual: signersFound), to: \.identity)
    }

    private var signersFound: String { valid.map { $0.signer ?? $0.fingerprint }.joined(separator: ", ") }

    /// Why lines of the allowed signers that name a key do not hold.
    private func objection(_ signature: JudgedSignature) -> String? {
        signature.objections.first.map {
            signature.basis == .claim
                ? "\($0); a time stamp would prove when it signed, the expected Seal ID would do without" : $0
        }
    }

    private static func distrust(_ signature: JudgedSignature) -> String? {
        guard case .untrusted(let failure)? = signature.trust else { return nil }
        return "\(signature.place): \(failure)"
    }

    // MARK: The opening record

    /// The run's key must be certified by itself, by a key that also sealed, or by an allowed signer (section 8.3). A
    /// recovered bundle may be sealed by somebody else, and the run's key seals where its certifier could not any more: then
    /// it is only said, unless there is a list of who may.
    private func checkOpening(_ result: inout Verification, _ opening: SSHSignature?, _ bytes: [UInt8]) {
        guard let opening else { return }
        let path = BundleLayout.openingSignature.rawValue
        do {
            try opening.verify(message: bytes, namespace: SignatureNamespace.opening)
        } catch {
            result.add(Finding(.signature, path: path, says: error.reason), to: \.integrity)
            return
        }
        let key = opening.publicKey
        result.isOpenedByRunKey = key == judge.runKey
        let isKnown =
            key == judge.runKey || sealers.contains { $0.publicKey == key } || isAllowedToOpen(key, result)
        if !isKnown {
            let mayBeAnother = result.recovery != nil || valid.contains(where: \.isRunKey)
            let isNotice = mayBeAnother && anchors.allowedSigners == nil
            result.add(
                Finding(
                    .opening, isNotice ? .notice : .failure, path: path,
                    says: isNotice
                        ? "the run's key is certified by a key that did not seal: whose it is, is not known here"
                        : "the run's key is certified by a key that did not seal and is not allowed to",
                    actual: key.fingerprint),
                to: \.identity)
        }
    }

    /// A time stamp over the seal proves the time of the opening, too: it is sealed in.
    private func isAllowedToOpen(_ key: SSHPublicKey, _ result: Verification) -> Bool {
        let proved = valid.compactMap { $0.basis == .timestamp ? $0.judgedAt : nil }.min()
        let claimed = (result.claimedSealTime ?? result.opening?.started.wall ?? 0) / 1_000_000_000
        let (time, basis) = judge.moment(proved, claim: claimed)
        return !judge.principals(of: key, SignatureNamespace.opening, time, basis).isEmpty
    }
}
