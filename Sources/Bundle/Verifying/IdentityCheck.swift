internal import BundleFormat
internal import Cryptography

/// Who sealed the bundle, as far as the anchors say (section 8.3).
struct IdentityCheck {
    let anchors: Anchors
    let runKey: SSHPublicKey?
    /// Valid signatures over the seal.
    let signatures: [(path: EntryPath, signature: SSHSignature)]

    func answer(_ result: inout Verification, opening: SSHSignature?, openingBytes: [UInt8]) {
        // The time of sealing is the sealer's own claim: a key that has expired since does not make old bundles false.
        let seconds = (result.claimedSealTime ?? result.opening?.started.wall ?? 0) / 1_000_000_000
        result.signers = signatures.map { path, signature in
            Verification.Signer(
                path: path.rawValue, fingerprint: signature.publicKey.fingerprint,
                algorithm: signature.publicKey.algorithm.rawValue, isRunKey: signature.publicKey == runKey,
                principals: principals(of: signature.publicKey, SignatureNamespace.seal, seconds))
        }
        if !anchors.saysNothingOfWho { result.identity.state = .passed }
        checkOpening(&result, opening, openingBytes, seconds)
        checkSeal(&result)
        checkAllowed(&result, seconds)
        checkRequired(&result, seconds)
        sayWhen(&result)
    }

    private func checkSeal(_ result: inout Verification) {
        guard let expected = anchors.expectedSealID, result.sealID != expected else { return }
        result.add(
            Finding(
                .otherSeal, path: BundleLayout.seal.rawValue, says: "this is another seal than the expected one",
                expected: "\(expected)", actual: result.sealID.map { "\($0)" } ?? "none"),
            to: \.identity)
    }

    private func checkAllowed(_ result: inout Verification, _ seconds: Int64) {
        guard let allowed = anchors.allowedSigners, !result.signers.contains(where: { !$0.principals.isEmpty }) else {
            return
        }
        let objections = signatures.flatMap { _, signature in
            allowed.objections(key: signature.publicKey, namespace: SignatureNamespace.seal, at: seconds)
                .map { "line \($0.line) of the allowed signers: \($0.reason)" }
        }
        let says = objections.first ?? "nobody sealed it who is among the allowed signers"
        result.add(
            Finding(
                .signer, path: "sig/", says: says,
                actual: result.signers.map(\.fingerprint).joined(separator: ", ")),
            to: \.identity)
    }

    private func checkRequired(_ result: inout Verification, _ seconds: Int64) {
        for required in anchors.requiredSigners {
            let isThere = signatures.contains { _, signature in
                signature.publicKey.fingerprint == required
                    || anchors.allowedSigners?.authorizes(
                        principal: required, key: signature.publicKey, namespace: SignatureNamespace.seal, at: seconds)
                        == true
            }
            guard !isThere else { continue }
            result.add(
                Finding(
                    .signer, path: "sig/", says: "there is no valid signature by the required signer",
                    expected: required, actual: result.signers.map(\.fingerprint).joined(separator: ", ")),
                to: \.identity)
        }
    }

    /// The run's key must be certified by itself, by a key that also sealed, or by an allowed signer (section 8.3). A
    /// recovered bundle may be sealed by somebody else: then it is only said, unless there is a list of who may.
    private func checkOpening(
        _ result: inout Verification, _ opening: SSHSignature?, _ bytes: [UInt8], _ seconds: Int64
    ) {
        guard let opening else { return }
        let path = BundleLayout.openingSignature.rawValue
        do {
            try opening.verify(message: bytes, namespace: SignatureNamespace.opening)
        } catch {
            result.add(Finding(.signature, path: path, says: error.reason), to: \.integrity)
            return
        }
        let key = opening.publicKey
        let isKnown =
            key == runKey || signatures.contains { $0.signature.publicKey == key }
            || !principals(of: key, SignatureNamespace.opening, seconds).isEmpty
        if !isKnown {
            let isNotice = result.recovery != nil && anchors.allowedSigners == nil
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

    private func principals(of key: SSHPublicKey, _ namespace: String, _ seconds: Int64) -> [String] {
        anchors.allowedSigners?.match(key: key, namespace: namespace, at: seconds) ?? []
    }

    private func sayWhen(_ result: inout Verification) {
        let claim = result.claimedSealTime.map { "; whoever sealed it says \(Timestamp.text($0))" } ?? ""
        result.add(
            Finding(.notChecked, .notice, says: "no time stamp proves when it was sealed\(claim)"), to: \.time)
    }
}
