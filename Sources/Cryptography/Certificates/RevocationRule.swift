internal import COpenSSL

/// When a revocation does not touch what was signed before it.
///
/// The time of the signature must be proved, by a time stamp: whoever has a stolen key can write any time into what is
/// signed. For a time that is now nothing is revoked later.
enum RevocationRule {
    /// A person's key: what was signed before stays good, unless somebody else may have had the key then.
    case signature
    /// RFC 3161 section 4: time stamps stay good only if the reason is one of four; without a reason they do not.
    case timestamping

    /// What a list says about a certificate.
    struct Entry {
        /// The revocation or, where it is known and earlier, the time since when the key was not safe.
        let since: Int64
        /// RFC 5280 section 5.3.1; nil if it gives none.
        let reason: Int?

        /// Nil, unless the date is one.
        init?(_ entry: OpaquePointer) {
            defer { LibraryFailure.clear() }
            guard let date = LibraryTime.seconds(of: X509_REVOKED_get0_revocationDate(entry)) else { return nil }
            var since = date
            if let found = X509_REVOKED_get_ext_d2i(entry, NID_invalidity_date, nil, nil) {
                let time = found.assumingMemoryBound(to: ASN1_GENERALIZEDTIME.self)
                defer { ASN1_GENERALIZEDTIME_free(time) }
                guard let invalid = LibraryTime.seconds(of: time) else { return nil }
                since = min(since, invalid)
            }
            self.since = since
            var state: Int32 = 0
            if let found = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, &state, nil) {
                let number = found.assumingMemoryBound(to: ASN1_ENUMERATED.self)
                defer { ASN1_ENUMERATED_free(number) }
                reason = ASN1_ENUMERATED_get(number)
            } else if state == -1 {
                reason = nil
            } else {
                return nil
            }
        }
    }

    /// Whether a signature made at `time` stays good.
    func spares(_ entry: Entry, at time: Int64) -> Bool {
        guard time < entry.since else { return false }
        switch self {
        case .signature:
            // keyCompromise, cACompromise, aACompromise.
            return entry.reason.map { ![1, 2, 10].contains($0) } ?? true
        case .timestamping:
            // unspecified, affiliationChanged, superseded, cessationOfOperation.
            return entry.reason.map { [0, 3, 4, 5].contains($0) } ?? false
        }
    }
}
