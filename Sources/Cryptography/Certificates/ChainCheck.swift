internal import COpenSSL

/// Looks for a chain from a certificate to an anchor (RFC 5280 section 6), as of a given time.
///
/// Keys and hashes below 112 bits (RSA of less than 2048 bits, SHA-1) are refused. The anchors are those that are given
/// and no others: nothing of the system is read.
struct ChainCheck {
    /// What the first certificate of the chain is used for.
    enum Purpose {
        case signature
        /// It needs the critical extended key usage `timeStamping`, alone.
        case timestamping

        var rule: RevocationRule {
            switch self {
            case .signature: .signature
            case .timestamping: .timestamping
            }
        }
    }

    let purpose: Purpose
    /// Trusted by the caller. Where it holds revocation lists, one about the signer's certificate is demanded.
    let anchors: CertificateBundle
    /// To build the chain with, from anywhere. Its revocation lists, which their issuers signed, are used where they fit.
    let additional: CertificateBundle
    /// Seconds since 1970.
    let time: Int64

    private static let doing = "checking a certificate's chain"
    /// Certificates of authorities between the signer's and the anchor.
    private static let deepest: Int32 = 10

    func trust(in certificate: Certificate) throws(CryptographyError) -> CertificateTrust {
        defer { LibraryFailure.clear() }
        let first = ChainJudge(rule: purpose.rule, time: time)
        guard let chain = try chain(from: certificate, lists: [], judge: first) else {
            return .untrusted(try failure(of: first, certificate))
        }
        // A list counts if the key of an issuer in this chain signed it; else it is as if it were not there.
        let lists = try genuineLists(anchors.merging(additional).revocationLists, for: chain)
        let judge = ChainJudge(rule: purpose.rule, time: time)
        guard try self.chain(from: certificate, lists: lists, judge: judge) != nil else {
            return .untrusted(try failure(of: judge, certificate))
        }
        for list in lists {
            if let revocation = try judge.revocation(by: list.handle(doing: Self.doing), in: chain) {
                return .untrusted(revocation)
            }
        }
        let certificates = try chain.certificates(doing: Self.doing)
        let missing = lists.isEmpty ? Set(certificates) : judge.notChecked
        // Nobody revokes an anchor.
        if !anchors.revocationLists.isEmpty, certificates.count > 1, missing.contains(certificate) {
            return .untrusted(
                ChainFailure(
                    code: .revocationUnknown, certificate: certificate,
                    reason: "no revocation list of its issuer that is given tells about that time",
                    advice: "give a list of \(certificate.issuer) that holds at \(UTCTime.text(time)), or none at all"))
        }
        return .trusted(
            CertificateChain(
                certificates: certificates,
                notCheckedForRevocation: certificates.dropLast().filter(missing.contains)))
    }

    private func failure(
        of judge: ChainJudge, _ certificate: Certificate
    ) throws(CryptographyError) -> ChainFailure {
        guard let failure = judge.failure else {
            // Nothing was wrong with a certificate: the check itself did not run to its end.
            throw LibraryFailure.error(doing: Self.doing, subject: certificate.subject)
        }
        return failure
    }

    /// The chain that holds; nil if none does, and then `judge` knows why.
    private func chain(
        from certificate: Certificate, lists: [RevocationList], judge: ChainJudge
    ) throws(CryptographyError) -> CertificateStack? {
        let doing = Self.doing
        let store = try LibraryObject(X509_STORE_new(), freedBy: X509_STORE_free, doing: doing)
        for anchor in anchors.certificates {
            let handle = try anchor.handle(doing: doing)
            guard X509_STORE_add_cert(store.pointer, handle.pointer) == 1 else {
                throw LibraryFailure.error(doing: doing)
            }
        }
        for list in lists {
            let handle = try list.handle(doing: doing)
            guard X509_STORE_add_crl(store.pointer, handle.pointer) == 1 else {
                throw LibraryFailure.error(doing: doing)
            }
        }
        let others = try CertificateStack.holding(additional.certificates, doing: doing)
        let signer = try certificate.handle(doing: doing)
        let context = try LibraryObject(X509_STORE_CTX_new(), freedBy: X509_STORE_CTX_free, doing: doing)
        guard X509_STORE_CTX_init(context.pointer, store.pointer, signer.pointer, others.pointer) == 1 else {
            throw LibraryFailure.error(doing: doing)
        }
        try configure(context, checksRevocation: !lists.isEmpty)
        let isValid = try withExtendedLifetime(judge) { () throws(CryptographyError) in
            guard
                X509_STORE_CTX_set_ex_data(context.pointer, 0, Unmanaged.passUnretained(judge).toOpaque()) == 1
            else { throw LibraryFailure.error(doing: doing) }
            return X509_verify_cert(context.pointer) == 1
        }
        guard isValid else { return nil }
        guard let found = X509_STORE_CTX_get1_chain(context.pointer) else { throw LibraryFailure.error(doing: doing) }
        return CertificateStack(owning: found)
    }

    private func genuineLists(
        _ lists: [RevocationList], for chain: borrowing CertificateStack
    ) throws(CryptographyError) -> [RevocationList] {
        var genuine: [RevocationList] = []
        for list in lists {
            let handle = try list.handle(doing: Self.doing)
            for index in 0..<chain.count where handle.isSigned(by: exhibit_x509_stack_value(chain.pointer, index)) {
                genuine.append(list)
                break
            }
        }
        return genuine
    }

    private func configure(_ context: borrowing LibraryObject, checksRevocation: Bool) throws(CryptographyError) {
        guard let parameters = X509_STORE_CTX_get0_param(context.pointer) else {
            throw LibraryFailure.error(doing: Self.doing)
        }
        X509_VERIFY_PARAM_set_time(parameters, Int(time))
        X509_VERIFY_PARAM_set_depth(parameters, Self.deepest)
        // 112 bits of security.
        X509_VERIFY_PARAM_set_auth_level(parameters, 2)
        let flags = checksRevocation ? UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) : 0
        let use =
            switch purpose {
            case .signature: X509_PURPOSE_ANY
            case .timestamping: X509_PURPOSE_TIMESTAMP_SIGN
            }
        guard X509_VERIFY_PARAM_set_flags(parameters, flags) == 1,
            X509_VERIFY_PARAM_set_purpose(parameters, use) == 1
        else { throw LibraryFailure.error(doing: Self.doing) }
        X509_STORE_CTX_set_verify_cb(context.pointer) { isGood, context in
            guard isGood != 1, let context else { return isGood }
            guard let judge = X509_STORE_CTX_get_ex_data(context, 0) else { return 0 }
            return Unmanaged<ChainJudge>.fromOpaque(judge).takeUnretainedValue().accepts(context) ? 1 : 0
        }
    }
}

extension LibraryObject {
    /// Of a revocation list: whether it is this certificate's owner's, by a hash that certificates may use, too.
    func isSigned(by issuer: OpaquePointer?) -> Bool {
        var hash: Int32 = 0
        guard let issuer, X509_NAME_cmp(X509_CRL_get_issuer(pointer), X509_get_subject_name(issuer)) == 0,
            OBJ_find_sigid_algs(X509_CRL_get_signature_nid(pointer), &hash, nil) == 1,
            ![NID_md5, NID_sha1].contains(hash)
        else { return false }
        return X509_CRL_verify(pointer, X509_get0_pubkey(issuer)) == 1
    }
}
