internal import Bundle

/// A bundle that somebody is about to vouch for.
enum VerifiedBundle {
    /// Verifies it, and refuses one that is altered or incomplete, or whose records do not hold.
    static func verify(_ bundle: String, _ anchors: UsedAnchors, records: RecordsSource) async throws -> Verification {
        var verifier = Verifier(anchors: anchors.anchors)
        verifier.records = records
        let verification = try await verifier.verify(path: bundle)
        func refusal(_ status: ExitStatus, _ answer: Verification.Answer, _ what: String) -> RenderingFailure {
            let first = answer.findings.first { $0.severity == .failure }
            let place = first.map { $0.path.isEmpty ? "" : "\($0.path): " } ?? ""
            return RenderingFailure(
                status,
                "\(bundle) \(what)\(first.map { " (\(place)\($0.says))" } ?? ""); nobody should vouch for it. "
                    + "See: exhibit verify \(ShellText.quoted(bundle))")
        }
        if verification.integrity.state != .passed {
            throw refusal(.integrityFailed, verification.integrity, "was altered or damaged")
        }
        if verification.completeness.state != .passed {
            throw refusal(.incomplete, verification.completeness, "is not complete")
        }
        if verification.records.answer.state == .failed {
            throw refusal(.recordsFailed, verification.records.answer, "has records that do not hold")
        }
        return verification
    }
}
