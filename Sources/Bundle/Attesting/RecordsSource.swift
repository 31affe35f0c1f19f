internal import BundleFormat
internal import Cryptography

/// Where the records that were made after the seal are looked for, besides in the bundle itself.
public enum RecordsSource: Hashable, Sendable {
    /// In `<bundle>.attest`, if there is one.
    case beside
    /// In this file, which must be there.
    case file(String)
    /// In this file, if it is there.
    case fileIfThere(String)
    /// Nowhere.
    case nowhere

    /// The path of the file for a bundle.
    func path(for bundle: String) -> String? {
        switch self {
        case .beside: Sidecar.defaultPath(for: bundle)
        case .file(let path), .fileIfThere(let path): path
        case .nowhere: nil
        }
    }

    /// What is in it; nil when there is none and there need not be.
    func content(for bundle: String) throws(BundleError) -> (path: String, content: SidecarContent)? {
        guard let path = path(for: bundle) else { return nil }
        if let content = try Sidecar.read(path) { return (path, content) }
        guard case .file = self else { return nil }
        throw BundleError(
            code: .readFailed, doing: Sidecar.reading, subject: path, reason: "there is no such file",
            advice: "name the file that `exhibit sign` and its like made, or leave it out")
    }
}

extension Verifier {
    /// Looks at the records in the bundle and beside it; nil when there are none, or when it is not known what they must
    /// be about. What could be said then is in `result`.
    func examineRecords(
        _ pass: VerificationPass, of bundle: String, judge: TrustJudge, _ result: inout Verification
    ) throws -> RecordExamination? {
        var sidecar: (path: String, content: SidecarContent)?
        var unreadable: Finding?
        do {
            sidecar = try records.content(for: bundle)
        } catch {
            if case .file = records, error.code == .readFailed { throw error }
            unreadable = Finding(.record, path: error.subject, says: "\(error.doing): \(error.reason)")
        }
        defer {
            for finding in [pass.recordProblem, unreadable].compactMap({ $0 }) { result.records.answer.add(finding) }
        }
        guard let seal = pass.sealBytes, let sealID = result.sealID else {
            if sidecar != nil || !pass.recordFiles.isEmpty {
                result.records.answer.add(
                    Finding(.notChecked, .notice, says: "without a seal it is not known what the records are about"))
            }
            return nil
        }
        let closing = ClosingFiles(
            seal: seal, sealID: sealID, signatures: pass.keptSignatures, records: pass.keptRecords)
        let trail = RecordTrail(
            seal: sealID, folded: pass.keptRecords, sidecar: sidecar?.content, name: sidecar?.path ?? "")
        result.attestable = (closing, trail)
        guard sidecar != nil || !pass.recordFiles.isEmpty else { return nil }
        let examination = RecordExamination(trail, closing: closing, judge: judge, sidecar: sidecar?.path)
        result.records = examination.result
        return examination
    }
}
