internal import Archive
internal import BundleFormat
internal import Cryptography
internal import Synchronization

/// Checkpoints (section 7.1): what is in the bundle so far, signed with the run's key and on disk.
extension BundleWriter {
    /// The one directly behind the opening. It is not synced: nothing is captured yet that a power cut could take, and a
    /// slow disk must not delay the capture.
    func firstCheckpoint() async throws {
        try await guarded { _ = try await self.checkpoint(sync: false) }
    }

    func checkpointIfDue() async throws {
        let position = await archive.position
        guard trail.isDue(position: position, options: options), !room.isClosed else { return }
        try await exclusively {
            // Whoever had the turn before may have done it.
            let position = await self.archive.position
            guard self.trail.isDue(position: position, options: self.options), !self.room.isClosed else { return }
            _ = try await self.checkpoint(sync: true)
        }
    }

    /// - Parameter spool: the name of its file, which nothing has open any more; nil when it had none.
    func checkpointAfterEntry(spool: String?) async throws {
        if let spool { trail.retired.append(spool) }
        guard isOpen else { return }
        try await guarded { try await self.checkpointIfDue() }
    }

    /// Runs within a turn: nothing else gets into the archive meanwhile, but lines and spooled bytes do come in.
    ///
    /// - Returns: false when there is no room for one.
    func checkpoint(sync: Bool) async throws -> Bool {
        guard let runKey else { return false }
        // Two headers with padding, the head, the signature; a line each for what is under way. Lines have taken theirs.
        let cost = 8 << 10 + UInt64(open.count) * 2_048 + UInt64(trail.attempts.count) * 2_048
        if counts.checkpoints == 0 { room.insist(on: cost) }
        if counts.checkpoints > 0, !room.take(cost), try await !askForCheckpoint(cost) { return false }
        defer { room.settle(cost - 512) }
        let offset = await archive.position
        folder.checkpoint.store(trail.number + 1, ordering: .relaxed)
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
        let isKept = try await archive.flush(sync: sync)
        if sync, lines.number <= 1, !isStream { try OutputFile.syncFolder(of: partialPath) }
        // What the one before names is needed for as long as this one is not safe.
        trail.advance(past: bytes, lines: lines, position: await archive.position, isKept: isKept)
        counts.checkpoints += 1
        room.settle(UInt64(lines.index.bytes.count + lines.ledger.bytes.count + lines.custody.bytes.count))
        guard isKept else { return false }
        for name in lines.retired { folder.remove(name) }
        if !lines.retired.isEmpty { room.gain() }
        return true
    }
}
