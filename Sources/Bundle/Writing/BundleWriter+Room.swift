internal import Archive
internal import BundleFormat

/// Room for the seal. A disk that runs full ends the capture, not the bundle: what was accepted, and all that closes a
/// bundle, goes into blocks that the archive has held before it accepted anything.
extension BundleWriter {
    /// What is taken hold of at once, so that it is not asked for with every piece of content.
    private static let step: UInt64 = 4 << 20
    /// Headers and padding of an entry that is open, its lines in index, ledger and manifest, in bytes at most but for
    /// very long names.
    private static let perEntry: UInt64 = 8 << 10
    /// Tag files, signatures, the seal.
    private static let closing: UInt64 = 1 << 20

    /// Bytes of tar that are yet to come if nothing more is accepted.
    private var outstanding: UInt64 {
        // A line of an attempt that was not begun is about 500 bytes; hundreds of them compress well.
        let perLine: UInt64 = options.container == .tar ? 512 : 128
        return index.size + ledger.size + custodyLog.size + manifestSize + UInt64(tags.count) * 160
            + UInt64(open.count) * Self.perEntry + expectedLines * perLine + Self.closing + room.held
    }

    /// So many attempts more will have a ledger line.
    public func expect(attempts: Int) {
        expectedLines += UInt64(max(0, attempts))
    }

    /// At the beginning: without room for a bundle of nothing, there is no use in beginning.
    func holdFirstRoom() async throws {
        guard try await archive.reserve(outstanding) else {
            throw BundleError(
                code: .noSpace, doing: "creating the bundle", subject: outputPath,
                reason: "there is no room for it: even one with nothing in it needs \(outstanding >> 10) KiB",
                advice: "free space or choose another place for the output")
        }
    }

    /// Takes hold of room for `count` bytes of content.
    ///
    /// - Throws: `outOfRoom` when there is only what the seal will need; from then on for every call.
    func makeRoom(for count: Int) async throws {
        if try await grant(UInt64(count)) { return }
        if try await removeRetiredSpools(), try await grant(UInt64(count)) { return }
        room.close()
        throw BundleError(
            code: .outOfRoom, doing: "capturing an entry", subject: outputPath,
            reason: "the disk is full but for what the seal needs", advice: "free space and capture again")
    }

    /// Makes room by removing the spools of entries that are in the archive, which takes a checkpoint. False when there
    /// are none.
    func removeRetiredSpools() async throws -> Bool {
        guard !trail.retired.isEmpty, !room.isClosed else { return false }
        try await checkpointNow()
        return true
    }

    private func grant(_ wanted: UInt64) async throws -> Bool {
        for more in [wanted + Self.step, wanted] where !room.isClosed {
            guard try await guarded({ try await self.archive.reserve(self.outstanding + more) }) else { continue }
            room.grant(more)
            return true
        }
        return false
    }

    /// After what went into the archive by itself, such as a checkpoint.
    func holdRoom() async throws {
        if !room.isClosed, try await !archive.reserve(outstanding) { room.close() }
    }
}
