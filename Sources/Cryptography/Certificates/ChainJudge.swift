internal import COpenSSL

/// Answers OpenSSL's complaints while it checks a chain. All are fatal, except that a revocation list may be missing, be
/// out of date, or be younger than the time in question; what lists take back is judged afterwards.
final class ChainJudge {
    private let rule: RevocationRule
    private let time: Int64

    /// The first complaint that was fatal.
    private(set) var failure: ChainFailure?
    /// The certificates about which no list tells for that time.
    private(set) var notChecked: Set<Certificate> = []

    private static let doing = "checking a certificate's chain"

    init(rule: RevocationRule, time: Int64) {
        self.rule = rule
        self.time = time
    }

    /// Whether the check goes on in spite of what OpenSSL complains about.
    func accepts(_ context: OpaquePointer) -> Bool {
        let code = X509_STORE_CTX_get_error(context)
        let certificate = X509_STORE_CTX_get_current_cert(context).flatMap {
            try? Certificate(copying: $0, doing: Self.doing)
        }
        switch code {
        case X509_V_ERR_CRL_NOT_YET_VALID:
            // A younger list knows more, unless the certificate had ended by then: it may be off the list.
            if let certificate, let list = X509_STORE_CTX_get0_current_crl(context),
                let made = LibraryTime.seconds(of: X509_CRL_get0_lastUpdate(list)), made <= certificate.notAfter
            {
                return true
            }
            fallthrough
        case X509_V_ERR_UNABLE_TO_GET_CRL, X509_V_ERR_CRL_HAS_EXPIRED:
            guard let certificate else { return fails(.libraryComplaint(code, nil, time: time)) }
            notChecked.insert(certificate)
            return true
        case X509_V_ERR_CERT_REVOKED:
            // Judged afterwards, by all lists: see revocation(by:in:).
            return true
        default:
            return fails(.libraryComplaint(code, certificate, time: time))
        }
    }

    /// What a list takes back in a chain, one that OpenSSL did not look at because another fits the time better, too.
    func revocation(
        by list: borrowing LibraryObject, in chain: borrowing CertificateStack
    ) throws(CryptographyError) -> ChainFailure? {
        defer { LibraryFailure.clear() }
        for index in 0..<chain.count {
            let issuer = exhibit_x509_stack_value(chain.pointer, min(index + 1, chain.count - 1))
            guard let certificate = exhibit_x509_stack_value(chain.pointer, index) else {
                throw LibraryFailure.error(doing: Self.doing)
            }
            guard list.isSigned(by: issuer) else { continue }
            if let refusal = revocation(of: certificate, by: list.pointer) { return refusal }
        }
        return nil
    }

    /// Nil if the list does not touch what was signed at that time.
    private func revocation(of certificate: OpaquePointer, by list: OpaquePointer) -> ChainFailure? {
        var found: OpaquePointer?
        guard X509_CRL_get0_by_cert(list, &found, certificate) == 1, let found else { return nil }
        let entry = RevocationRule.Entry(found)
        if let entry, rule.spares(entry, at: time) { return nil }
        let when = entry.map { ", as of \(UTCTime.text($0.since))" } ?? ""
        return ChainFailure(
            code: .revoked, certificate: try? Certificate(copying: certificate, doing: Self.doing),
            reason: "its issuer has revoked it\(when)", advice: "")
    }

    private func fails(_ refusal: ChainFailure) -> Bool {
        if failure == nil { failure = refusal }
        return false
    }
}

extension ChainFailure {
    /// What OpenSSL's code means.
    fileprivate static func libraryComplaint(_ code: Int32, _ certificate: Certificate?, time: Int64) -> ChainFailure {
        let kind: Code
        var advice = ""
        switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            kind = .expired
            advice =
                certificate.map {
                    "it ended at \(UTCTime.text($0.notAfter)), and was asked about for \(UTCTime.text(time)); "
                        + "a time stamp can prove that the signature is older"
                } ?? ""
        case X509_V_ERR_CERT_NOT_YET_VALID:
            kind = .notYetValid
            advice =
                certificate.map {
                    "it begins at \(UTCTime.text($0.notBefore)), and was asked about for \(UTCTime.text(time))"
                } ?? ""
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            kind = .issuerMissing
            advice = certificate.map { "the certificate of \($0.issuer) is needed" } ?? ""
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: kind = .anchorUnknown
        case X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK: kind = .tooWeak
        case X509_V_ERR_INVALID_PURPOSE, X509_V_ERR_INVALID_CA, X509_V_ERR_INVALID_NON_CA,
            X509_V_ERR_KEYUSAGE_NO_CERTSIGN, X509_V_ERR_PATH_LENGTH_EXCEEDED, X509_V_ERR_PERMITTED_VIOLATION,
            X509_V_ERR_EXCLUDED_VIOLATION:
            kind = .wrongPurpose
        case X509_V_ERR_CERT_SIGNATURE_FAILURE: kind = .badSignature
        default: kind = .other
        }
        return ChainFailure(
            code: kind, certificate: certificate, reason: String(cString: X509_verify_cert_error_string(Int(code))),
            advice: advice)
    }
}
