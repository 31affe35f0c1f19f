internal import BundleFormat
internal import Cryptography

/// `records/`: kept for ``RecordExamination``. What is wrong with them is no fault of what was sealed.
extension VerificationPass {
    func mayKeepRecord(_ path: EntryPath, size: UInt64) -> Bool {
        let isWithin =
            size <= UInt64(FormatLimits.attestationLine)
            && UInt64(keptRecordBytes) + size <= UInt64(FormatLimits.attestationBytes)
            && keptRecords.count < FormatLimits.attestationRecords
        if !isWithin { object(path, "it, or all records together, are larger than the format allows") }
        return isWithin && recordProblem == nil
    }

    func keepRecord(_ bytes: [UInt8], _ path: EntryPath, number: UInt64) {
        guard recordProblem == nil else { return }
        guard number == keptRecords.count + 1 else {
            object(path, "it should be number \(keptRecords.count + 1): records are without gaps, in order")
            return
        }
        keptRecords.append(bytes)
        keptRecordBytes += bytes.count
    }

    func examineRecordManifest(_ bytes: [UInt8]) {
        let listed: [ManifestLine]
        do {
            listed = try ManifestLine.decode(bytes[...])
        } catch {
            object(BundleLayout.recordManifest, "\(error)")
            return
        }
        guard listed != recordFiles else { return }
        for (listed, found) in zip(listed, recordFiles) where listed != found {
            object(found.path, "it is not what \(BundleLayout.recordManifest) says", listed.sha256, found.sha256)
            return
        }
        object(
            BundleLayout.recordManifest,
            "it lists \(listed.count) records, and there are \(recordFiles.count)")
    }

    /// Call when all files were seen.
    func concludeRecords() {
        if !recordFiles.isEmpty, digestOf[BundleLayout.recordManifest] == nil {
            object(BundleLayout.recordManifest, "there are records, and no list of them")
        }
    }

    private func object(
        _ path: EntryPath, _ says: String, _ expected: SHA256Digest? = nil, _ actual: SHA256Digest? = nil
    ) {
        guard recordProblem == nil else { return }
        recordProblem = Finding(.record, path: path.rawValue, says: says, expected: expected?.hex, actual: actual?.hex)
    }
}
