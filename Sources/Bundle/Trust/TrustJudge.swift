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
        let timestamps = evidence.timestamps.map { judge($0, over: $0.message ?? evidence.encoded) }
        let proved = timestamps.filter(\.isTrusted).compactMap { $0.info?.seconds }.min()
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
        // Whoever has a stolen key can claim any time: where proof is to be had, a claim is nothing.
        let (time, basis) = moment(proved, claim: anchors.timestampAuthorities == nil ? evidence.claimedTime : nil)
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
            judged.principals = allowed.match(key: signature.publicKey, namespace: namespace, at: time)
            judged.objections =
                allowed.objections(key: signature.publicKey, namespace: namespace, at: time)
                .map { "line \($0.line) of the allowed signers: \($0.reason)" }
        }
        return judged
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

    private func moment(_ proved: Int64?, claim: Int64?) -> (Int64, JudgedSignature.Basis) {
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

    /// Whether `judged` is a signature by the one whom ``Anchors/requiredSigners`` means with `required`.
    ///
    /// A fingerprint is the key itself. A name counts only where somebody given from outside vouches for it: the allowed
    /// signers for a principal, a chain to a given authority for what a certificate says.
    public func isSignature(_ judged: JudgedSignature, by required: String) -> Bool {
        guard judged.isValid else { return false }
        switch judged.kind {
        case .ssh:
            guard let key = judged.publicKey else { return false }
            return judged.fingerprint == required
                || anchors.allowedSigners?.authorizes(
                    principal: required, key: key, namespace: judged.coverage.namespace, at: judged.judgedAt) == true
        case .cms:
            guard let certificate = judged.certificate else { return false }
            if judged.fingerprint == required { return isGood(certificate, judged) }
            return judged.trust?.isTrusted == true && certificate.isCalled(required)
        }
    }

    /// Whether a certificate that was named by its fingerprint may be relied on: by its chain where authorities were
    /// given, else by its own dates.
    private func isGood(_ certificate: Certificate, _ judged: JudgedSignature) -> Bool {
        if anchors.certificateAuthorities != nil { return judged.trust?.isTrusted == true }
        return certificate.notBefore <= judged.judgedAt && judged.judgedAt <= certificate.notAfter
    }
}

extension Certificate {
    /// Whether it is called so: by one of its e-mail addresses when there is an `@`, by its whole subject (RFC 2253) when
    /// there is a `=`, else by its common name. Of no use without a chain: anybody can write any name into a certificate.
    fileprivate func isCalled(_ name: String) -> Bool {
        if name.utf8.contains(UInt8(ascii: "=")) { return subject == name }
        if name.utf8.contains(UInt8(ascii: "@")) { return (try? emailAddresses.contains(name)) == true }
        return (try? commonName) == name
    }
}
