internal import Archive
internal import BundleFormat
internal import Cryptography

/// What `records/` of a repacked bundle will hold: the records that it has and those beside it, all of which hold
/// (section 10).
struct Folding {
    private static let doing = "folding the records beside the bundle in"

    let sealID: SealID
    private let trail: RecordTrail

    /// Number of records, those that the bundle had included.
    var count: UInt64 { trail.checker.count }

    /// - Returns: nil when there is nothing to fold in; those that the bundle has already must hold all the same.
    /// - Throws: `badRecords` when the records do not belong to the bundle or do not hold.
    init?(_ sidecar: SidecarContent, path: String, bundle: String, identities: [AgeIdentity]) async throws {
        let isAlone = sidecar.lines.isEmpty && sidecar.tail.isEmpty
        let closing: ClosingFiles
        do {
            closing = try await ClosingFiles(of: try await BundleReader(path: bundle, identities: identities))
        } catch {
            // A bundle without a seal has no records that could hold or not.
            if isAlone { return nil }
            throw error
        }
        if isAlone, closing.records.isEmpty { return nil }
        sealID = closing.sealID
        trail = RecordTrail(seal: sealID, folded: closing.records, sidecar: sidecar, name: path)
        let examination = RecordExamination(
            trail, closing: closing,
            judge: TrustJudge(anchors: Anchors(), now: BundleClock.now), sidecar: path)
        if let finding = examination.result.answer.findings.first(where: { $0.severity == .failure }) {
            throw BundleError(
                code: .badRecords, doing: Self.doing, subject: finding.path, reason: finding.says,
                advice: "look at it with `exhibit verify`; or leave those beside it out with --no-attest")
        }
        guard trail.fragmentBytes == 0 else {
            throw BundleError(
                code: .badRecords, doing: Self.doing, subject: path,
                reason: "its last \(trail.fragmentBytes) bytes are half a record",
                advice: "add any record first (`exhibit note`): that moves the half one out of the way")
        }
        if trail.checker.count == trail.foldedCount { return nil }
    }

    /// The tar entries of `records/`.
    func write(folder: String, modificationTime: UInt64, to writer: ContainerWriter) async throws {
        var manifest: [UInt8] = []
        for item in trail.items {
            let path = BundleLayout.record(item.record.number)
            let content = item.line + [0x0A]
            try await write(content, path, folder, modificationTime, writer)
            ManifestLine(sha256: SHA256.digest(of: content), path: path).encode(into: &manifest)
        }
        try await write(manifest[...], BundleLayout.recordManifest, folder, modificationTime, writer)
    }

    private func write(
        _ content: ArraySlice<UInt8>, _ path: EntryPath, _ folder: String, _ modificationTime: UInt64,
        _ writer: ContainerWriter
    ) async throws {
        let size = UInt64(content.count)
        try await writer.write(
            try StrictTar.header(path: "\(folder)/\(path)", size: size, modificationTime: modificationTime))
        try await writer.write(content)
        try await writer.write([UInt8](repeating: 0, count: StrictTar.padding(size: size)))
    }
}
