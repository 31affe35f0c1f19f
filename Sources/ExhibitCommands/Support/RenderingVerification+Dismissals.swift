internal import Bundle
internal import BundleFormat
internal import Inspection
internal import Terminal

extension RenderingVerification {
    /// What somebody dismissed. Where it was said who is to be believed, only what they vouch for counts; what does not is said.
    func dismissals() -> Dismissals {
        let records = verification.records
        let isAnybodyBelieved =
            anchors.allowedSigners != nil || anchors.certificateAuthorities != nil
            || anchors.timestampAuthorities != nil || !anchors.requiredSigners.isEmpty
        guard isAnybodyBelieved else { return Dismissals(records.records) }
        let left = records.records.count { record in
            guard case .dismissal = record.body else { return false }
            return record.number > records.coveredTo
        }
        if left > 0 {
            RenderingFailure.note(
                "\(Quantity.count(left, "finding stays, though a record dismisses it", "findings stay, though records dismiss them")): nobody who is to be believed vouches for that"
            )
        }
        return Dismissals(records.records.filter { $0.number <= records.coveredTo })
    }
}
