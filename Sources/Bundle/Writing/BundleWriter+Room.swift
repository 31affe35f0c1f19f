internal import Archive
internal import BundleFormat

/// Room for the seal. A disk that runs full ends the capture, not the bundle: what was accepted, and all that closes a
/// bundle, goes into blocks that the archive has held before it accepted anything.
extension BundleWriter {
    /// What is asked for beyond the need, so that the disk is not asked for every piece of content. The second is for a
    /// disk that is nearly full.
    private static let steps: [UInt64] = [4 << 20, 256 << 10, 0]
    /// Tag files, signatures, the seal, the lines that end a run that was cut short.
    private var closing: UInt64 { 1 << 20 + signing.room }
    /// Less than that is not worth a frame of its own.
    private static let worthFlushing: UInt64 = 256 << 10
    /// The least that ``Options/maxBytes`` can be: what closes a bundle, and the first step.
    public static let leastMaxBytes: UInt64 = 4 << 20
    /// The ledger line of an attempt without its paths, there and in a checkpoint, at most.
    static let attemptCost: UInt64 = 2 * 12 << 10

    /// Why only what the seal needs is accepted any more; nil while that is not so.
    public nonisolated var roomEnd: RoomEnd? { room.end }

    /// At the beginning: without room for a bundle of nothing, there is no use in beginning.
    func holdFirstRoom() async throws {
        guard try await archive.reserve(room.held + closing) else {
            if await archive.isAtMaximum {
                throw BundleError(
                    code: .noSpace, doing: "creating the bundle", subject: outputPath,
                    reason: "\(options.maxBytes ?? 0) bytes are too few for a bundle with nothing in it",
                    advice: "allow \(Self.leastMaxBytes >> 20) MiB or more")
            }
            throw BundleError(
                code: .noSpace, doing: "creating the bundle", subject: outputPath,
                reason: "there is no room for it: even one with nothing in it needs more than 1 MiB",
                advice: "free space, raise the quota or file size limit, or choose another place for the output")
        }
    }

    /// Takes room for `count` bytes.
    ///
    /// - Throws: `outOfRoom` when there is only what the seal will need; from then on for every call.
    func takeRoom(_ count: UInt64) async throws {
        guard !room.take(count) else { return }
        if !asking.begin() { await withCheckedContinuation { asking.wait($0) } }
        defer { asking.end() }
        // Whoever asked before may have got enough for both.
        if room.take(count) { return }
        let gains = room.gains
        if try await ask(count) { return }
        // What is not compressed yet is taken for as large as it is.
        if await archive.isAtMaximum, await archive.pending >= Self.worthFlushing {
            try await guarded { _ = try await self.archive.flush(sync: false) }
            if try await ask(count) { return }
        }
        // Spools count against the disk, not against the size of the bundle.
        let isAtMaximum = await archive.isAtMaximum
        if !isAtMaximum, try await removeRetiredSpools(unlessGainedSince: gains), try await ask(count) { return }
        let end = isAtMaximum ? RoomEnd.maxSize : .diskFull
        room.close(end)
        throw BundleError(
            code: .outOfRoom, doing: "capturing", subject: outputPath, reason: end.words, advice: end.advice)
    }

    /// Room for a checkpoint. Its turn is the archive's, so it cannot wait for who asks meanwhile.
    func askForCheckpoint(_ count: UInt64) async throws -> Bool {
        guard !room.isClosed else { return false }
        room.ask(for: count)
        var isHeld = false
        defer { room.answer(count, isHeld: isHeld, taking: count) }
        isHeld = try await archive.reserve(room.held + closing)
        return isHeld
    }

    private func ask(_ count: UInt64) async throws -> Bool {
        for step in Self.steps where !room.isClosed {
            room.ask(for: count + step)
            var isHeld = false
            defer { room.answer(count + step, isHeld: isHeld, taking: count) }
            isHeld = try await guarded { try await self.archive.reserve(self.room.held + closing) }
            if isHeld { return true }
        }
        return false
    }

    /// Makes room by removing the spools of entries that are in the archive, which takes a checkpoint. False when there
    /// are none.
    ///
    /// - Parameter gains: ``Room/gains`` from before the disk was found full: if others removed some since, that is enough.
    func removeRetiredSpools(unlessGainedSince gains: Int) async throws -> Bool {
        try await guarded {
            try await self.exclusively {
                if self.room.gains != gains { return true }
                guard !self.trail.retired.isEmpty, !self.room.isClosed else { return false }
                return try await self.checkpoint(sync: true)
            }
        }
    }
}
