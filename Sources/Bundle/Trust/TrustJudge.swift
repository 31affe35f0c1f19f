public import Cryptography

/// Judges signatures by anchors from outside the bundle: whether they are right, by whom, and of when (section 8.3).
///
/// Nothing here believes what a signature says about itself: names count through the allowed signers or a chain to a given
/// authority only, times through a time stamp that is to be believed, over that very signature.
public struct TrustJudge: Sendable {
    public let anchors: Anchors
    /// The key that was made for the run; nil if there is none or it is not known.
    public let runKey: SSHPublicKey?
    /// Seconds since 1970.
    public let now: Int64

    public init(anchors: Anchors, runKey: SSHPublicKey? = nil, now: Int64) {
        self.anchors = anchors
        self.runKey = runKey
        self.now = now
    }

    public func judge(_ evidence: SignatureEvidence) -> JudgedSignature {
        let timestamps = evidence.timestamps.map { judge($0, over: evidence.encoded) }
        let stamped = timestamps.filter(\.isTrusted).compactMap { $0.info?.seconds }
        let proved = (stamped + [evidence.provedBy].compactMap(\.self)).min()
        var judged =
            switch evidence.kind {
            case .ssh: judgeSSH(evidence, proved)
            case .cms: judgeCMS(evidence, proved)
            }
        judged.timestamps = timestamps
        return judged
    }

    // MARK: Kinds

    private func judgeSSH(_ evidence: SignatureEvidence, _ proved: Int64?) -> JudgedSignature {
        let (time, basis) = moment(proved, claim: evidence.claimedTime)
        let signature: SSHSignature
        do {
            signature = try SSHSignature(parsing: evidence.encoded)
        } catch {
            return malformed(evidence, time, basis, error)
        }
        var judged = JudgedSignature(evidence, publicKey: signature.publicKey, judgedAt: time, basis: basis)
        judged.fingerprint = signature.publicKey.fingerprint
        judged.algorithm = signature.publicKey.algorithm.rawValue
        judged.isRunKey = signature.publicKey == runKey
        guard signature.messageHash == .sha512 else {
            judged.fault = "its message is hashed with \(signature.messageHash.rawValue), and not with sha512"
            return judged
        }
        let namespace = evidence.coverage.namespace
        do {
            try signature.verify(message: evidence.message, namespace: namespace)
        } catch {
            judged.fault = error.reason
            return judged
        }
        if let allowed = anchors.allowedSigners {
            judged.principals = principals(of: signature.publicKey, namespace, time, basis)
            judged.objections = moments(time, basis).flatMap { moment in
                allowed.objections(key: signature.publicKey, namespace: namespace, at: moment)
                    .map { "line \($0.line) of the allowed signers: \($0.reason)" }
            }
        }
        return judged
    }

    /// The names under which the allowed signers list a key.
    func principals(
        of key: SSHPublicKey, _ namespace: String, _ time: Int64, _ basis: JudgedSignature.Basis
    ) -> [String] {
        guard let allowed = anchors.allowedSigners else { return [] }
        let found = moments(time, basis).map { allowed.match(key: key, namespace: namespace, at: $0) }
        return found.dropFirst().reduce(found[0]) { names, others in names.filter(others.contains) }
    }

    /// Whoever has a stolen key can claim any time: a key that only a claim puts into its time must hold now as well.
    private func moments(_ time: Int64, _ basis: JudgedSignature.Basis) -> [Int64] {
        basis == .claim ? [time, now] : [time]
    }

    private func judgeCMS(_ evidence: SignatureEvidence, _ proved: Int64?) -> JudgedSignature {
        let (time, basis) = moment(proved, claim: nil)
        let signature: CMSSignature
        do {
            signature = try CMSSignature(parsing: evidence.encoded)
        } catch {
            return malformed(evidence, time, basis, error)
        }
        var judged = JudgedSignature(evidence, publicKey: nil, judgedAt: time, basis: basis)
        judged.fingerprint = signature.signer.pin
        judged.algorithm = "x509"
        judged.certificate = signature.signer
        do {
            judged.trust =
                try signature.verify(message: evidence.message, anchors: anchors.certificateAuthorities, at: time).trust
        } catch {
            judged.fault = error.reason
        }
        return judged
    }

    private func malformed(
        _ evidence: SignatureEvidence, _ time: Int64, _ basis: JudgedSignature.Basis, _ error: CryptographyError
    ) -> JudgedSignature {
        var judged = JudgedSignature(evidence, publicKey: nil, judgedAt: time, basis: basis)
        judged.fault = "\(error.doing): \(error.reason)"
        return judged
    }

    func moment(_ proved: Int64?, claim: Int64?) -> (Int64, JudgedSignature.Basis) {
        if let proved { return (proved, .timestamp) }
        if let claim { return (claim, .claim) }
        return (now, .now)
    }

    // MARK: Time stamps

    /// Whether a time stamp is one over these bytes, and by whom.
    func judge(_ timestamp: SignatureEvidence.Timestamp, over bytes: [UInt8]) -> JudgedTimestamp {
        var judged = JudgedTimestamp(place: timestamp.place)
        do {
            let token = try TimestampResponse(parsing: timestamp.response).token
            judged.info = token.info
            judged.authority = token.authority
            var kept = CertificateBundle()
            if let certificates = timestamp.certificates {
                kept = try CertificateBundle(pem: certificates)
                guard kept.pem == certificates else {
                    judged.fault = "the certificates beside it are not plain PEM, certificates first"
                    return judged
                }
            }
            judged.trust =
                try token.verify(message: bytes, anchors: anchors.timestampAuthorities, additional: kept).trust
        } catch {
            judged.fault = error.reason
        }
        return judged
    }

    // MARK: Demands

    /// Whether `judged` is a right signature by whom `required` means.
    ///
    /// A fingerprint is the key itself. A name counts only where somebody given from outside vouches for it: the allowed
    /// signers for a principal, a chain to a given authority for what a certificate says.
    public func isSignature(_ judged: JudgedSignature, by required: RequiredSigner) -> Bool {
        guard judged.isValid else { return false }
        switch required {
        case .key(let fingerprint): return judged.kind == .ssh && judged.fingerprint == fingerprint
        case .principal(let name):
            guard let key = judged.publicKey, let allowed = anchors.allowedSigners else { return false }
            return moments(judged.judgedAt, judged.basis).allSatisfy {
                allowed.authorizes(principal: name, key: key, namespace: judged.coverage.namespace, at: $0)
            }
        case .email(let address):
            return judged.trust?.isTrusted == true && judged.certificate?.hasEmailAddress(address) == true
        case .subject(let name):
            return judged.trust?.isTrusted == true && judged.certificate?.hasSubject(name) == true
        case .certificate(let digest):
            guard let certificate = judged.certificate, certificate.fingerprint == digest else { return false }
            return isPinnable(certificate, judged)
        }
    }

    /// Whether whoever is expected signed this: an allowed signer, or one who was named. A chain to an authority alone is
    /// not enough, since it vouches for any name.
    public func accepts(_ judged: JudgedSignature) -> Bool {
        guard judged.isValid else { return false }
        return !judged.principals.isEmpty || anchors.requiredSigners.contains { isSignature(judged, by: $0) }
    }

    /// Whether a certificate that was named by its hash may be relied on. It needs no chain; everything else that is
    /// known against it counts.
    private func isPinnable(_ certificate: Certificate, _ judged: JudgedSignature) -> Bool {
        if case .untrusted(let failure)? = judged.trust,
            ![.issuerMissing, .anchorUnknown].contains(failure.code)
        {
            return false
        }
        return certificate.notBefore <= judged.judgedAt && judged.judgedAt <= certificate.notAfter
            && anchors.certificateAuthorities?.revokes(certificate, at: judged.judgedAt) != true
    }
}
