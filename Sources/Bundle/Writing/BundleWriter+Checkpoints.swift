internal import Archive
internal import BundleFormat
internal import Cryptography

/// Checkpoints (section 7.1): what is in the bundle so far, signed with the run's key and on disk.
extension BundleWriter {
    /// The one directly behind the opening. It is not synced: nothing is captured yet that a power cut could take, and a
    /// slow disk must not delay the capture.
    func firstCheckpoint() async throws {
        try await guarded { try await self.checkpoint(sync: false) }
    }

    func checkpointIfDue() async throws {
        let position = await archive.position
        guard trail.isDue(position: position, options: options) else { return }
        try await exclusively {
            // Whoever had the turn before may have done it.
            let position = await self.archive.position
            guard self.trail.isDue(position: position, options: self.options) else { return }
            try await self.checkpoint(sync: true)
        }
    }

    /// Runs within a turn: nothing else gets into the archive meanwhile, but lines and spooled bytes do come in.
    private func checkpoint(sync: Bool) async throws {
        guard let runKey else { return }
        let offset = await archive.position
        // No suspension from here to where the trail is taken: what retires in between would be named and removed.
        var spools: [Checkpoint.Spool] = []
        for (_, entry) in open.sorted(by: { $0.key < $1.key }) {
            if let spool = try entry.synced() { spools.append(spool) }
        }
        // A file whose name is not on disk is lost in a power cut.
        if !spools.isEmpty { try OutputFile.syncFolder(of: folder.filePath("0")) }
        let lines = trail
        let bytes = lines.next(
            root: MerkleRoot(leaves: tree.count, root: tree.root), spools: spools, offset: offset, clock: clock)
        let signature = try runKey.sign(bytes, namespace: SignatureNamespace.checkpoint)
        try await placeTag(BundleLayout.checkpoint(lines.number + 1), bytes)
        try await placeTag(BundleLayout.checkpointSignature(lines.number + 1), signature.armored)
        try await archive.flush(sync: sync)
        if sync, lines.number <= 1 { try OutputFile.syncFolder(of: partialPath) }
        trail.advance(past: bytes, lines: lines, position: await archive.position)
        counts.checkpoints += 1
        for name in lines.retired { folder.remove(name) }
    }
}
