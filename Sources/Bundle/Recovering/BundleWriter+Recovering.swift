internal import Archive
internal import BundleFormat
internal import Cryptography
internal import StructuredText

/// What a ``Recoverer`` puts into a bundle.
extension BundleWriter {
    /// Part of the tar stream, as it stood in the file of the killed writer.
    func copy(_ bytes: ArraySlice<UInt8>) async throws {
        try await archive.write(bytes)
    }

    /// What of that a checkpoint proves.
    func take(_ stretch: ProvedStretch) throws {
        for file in stretch.files {
            if let line = file.line {
                try note(line)
            } else {
                tags.append(ManifestLine(sha256: file.sha256, path: file.path))
            }
        }
        try stretch.checkpoint.ledger.forEachLine { try ledger.append(Array($0) + [0x0A]) }
        try stretch.checkpoint.custody.forEachLine { try custodyLog.append(Array($0) + [0x0A]) }
        counts.checkpoints += 1
        // There will be no more checkpoints that would take these along.
        trail = CheckpointTrail(bundle: opening.bundle)
    }

    /// A custody line that no checkpoint has.
    func take(custodyLine bytes: ArraySlice<UInt8>) throws {
        try custodyLog.append(Array(bytes) + [0x0A])
    }

    /// What there is of an entry that had not ended, as an entry.
    func take(_ spool: Checkpoint.Spool, _ file: any ContainerSource) async throws -> IndexLine {
        let offset = await archive.position
        try await archive.write(try header(spool.path, size: spool.length))
        var hasher = ContentHasher(path: spool.path, segmentation: spool.segmentation, salts: salts)
        try await StoredContent(file: file, bytes: spool.length, memory: []).pieces { piece in
            try hasher.update(piece)
            try await self.archive.write(piece)
        }
        try await archive.write(padding(spool.length))
        let digest = try hasher.finalize()
        guard digest.sha256 == spool.sha256 else {
            throw BundleError(
                code: .readFailed, doing: "recovering", subject: file.name,
                reason: "it was changed while it was read", advice: "make sure that nothing writes into that folder")
        }
        let line = IndexLine(
            path: spool.path, media: spool.media, segmentation: spool.segmentation, attempt: spool.attempt,
            segments: digest.segments, root: digest.root, sha256: digest.sha256, size: digest.size, offset: offset)
        try note(line)
        return line
    }

    /// What the bundle says of its recovery, and the ends of the attempts that had none.
    ///
    /// - Parameter custody: the lines so far.
    func takeEnds(_ record: RecoveryRecord, _ attempts: [LedgerLine], custody: CustodyChainChecker) async throws {
        try await place(BundleLayout.recovery, record.encoded(), media: "application/json", segmentation: .lines)
        for line in attempts {
            let bytes = line.encoded()
            guard bytes.count <= FormatLimits.ledgerLine else {
                throw BundleError(
                    code: .tooLarge, doing: "recovering", subject: "attempt \(line.attempt)",
                    reason: "it brought so many entries that a ledger line cannot name them all")
            }
            try ledger.append(bytes)
        }
        chain = CustodyChain(following: custody)
        try appendCustody(
            .recovered, target: Target(),
            detail: [
                "checkpoint": JSONValue(record.checkpoint), "unsigned": JSONValue(record.unsignedCustodyLines),
                "operator": .string(record.operator), "source": .string(record.sourceSHA256.hex),
            ], attempt: 0, time: record.time, monotonic: clock.monotonic)
    }

    /// Removes the files of its own that are not the bundle.
    func removeSpools() {
        folder.removeAll()
    }
}
