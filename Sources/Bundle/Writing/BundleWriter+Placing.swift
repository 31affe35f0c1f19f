internal import Archive
internal import BundleFormat
internal import Cryptography
internal import StructuredText

/// How entries get into the archive. All of it runs within a turn (``BundleWriter/exclusively(_:)``), or before there
/// are others.
extension BundleWriter {
    /// What stands before everything that is captured.
    ///
    /// - Parameter patience: for an agent that signs the opening record, if that is less than it usually may take.
    func writeOpening(_ patience: Duration?) async throws {
        try await guarded {
            for path in BundleLayout.required { _ = self.paths.reserve(path) }
            try await self.placeTag(BundleLayout.bagit, BagInfo.declaration)
            let record = self.opening.encoded()
            try await self.place(BundleLayout.opening, record, media: "application/json", segmentation: .lines)
            let signature = try self.signing.signOpening(record, within: patience)
            try await self.placeTag(BundleLayout.openingSignature, signature.armored)
            try await self.placeTag(BundleLayout.salts, self.salts.encoded())
            let version = Array("exhibit\n\(self.opening.tool.version)\n".utf8)
            try await self.place(BundleLayout.version, version, media: "text/plain", segmentation: .lines)
            try self.appendCustody(
                .opened, target: Target(), detail: ["bundle": .string(self.opening.bundle.rawValue)], attempt: 0,
                time: self.clock.wall, monotonic: self.clock.monotonic)
        }
    }

    /// Adds a line to the custody log.
    func appendCustody(
        _ action: CustodyLine.Action, target: Target, detail: JSONObject, attempt: Int, time: Int64, monotonic: Int64
    ) throws {
        let line = chain.append(
            action, target: target, detail: detail, attempt: attempt, time: time, monotonic: monotonic,
            nonce: try SecureRandom.bytes(16))
        guard line.count <= FormatLimits.custodyLine else {
            throw BundleError(
                code: .tooLarge, doing: "writing a custody line", subject: action.rawValue,
                reason: "it has \(line.count) bytes, more than \(FormatLimits.custodyLine)")
        }
        // The run's own lines say nothing that a crash could hide.
        try custodyLog.append(line, atOnce: action != .opened && action != .closed)
        trail.custody.append(line)
    }

    /// Writes an entry; gives its offset in the tar stream.
    ///
    /// - Parameter room: where its content was taken from, which is settled as it goes into the archive.
    @discardableResult
    func place(_ path: EntryPath, _ content: StoredContent, from room: Room? = nil) async throws -> UInt64 {
        let offset = await archive.position
        let header = try header(path, size: content.size)
        if let bytes = content.bytes {
            try await archive.write(header + bytes + padding(UInt64(bytes.count)))
            room?.settle(UInt64(bytes.count))
        } else {
            try await archive.write(header)
            try await content.pieces { piece in
                try await self.archive.write(piece)
                room?.settle(UInt64(piece.count))
            }
            try await archive.write(padding(content.size))
        }
        return offset
    }

    /// Writes an entry of the run's own that has an index line.
    func place(_ path: EntryPath, _ bytes: [UInt8], media: String, segmentation: Segmentation) async throws {
        let content = StoredContent(bytes)
        let digest = try await content.digest(path: path, segmentation: segmentation, salts: salts)
        let offset = try await place(path, content)
        try note(path, media: media, segmentation: segmentation, attempt: 0, digest, offset: offset)
    }

    /// Writes an entry without an index line; the tagmanifest will list it.
    func placeTag(_ path: EntryPath, _ bytes: [UInt8]) async throws {
        try await place(path, StoredContent(bytes))
        tags.append(ManifestLine(sha256: SHA256.digest(of: bytes), path: path))
    }

    /// Gives an entry that was placed its index line and leaf.
    func note(
        _ path: EntryPath, media: String, segmentation: Segmentation, attempt: Int, _ digest: ContentDigest,
        offset: UInt64
    ) throws {
        try note(
            IndexLine(
                path: path, media: media, segmentation: segmentation, attempt: attempt, segments: digest.segments,
                root: digest.root, sha256: digest.sha256, size: digest.size, offset: offset))
    }

    /// Gives an entry that was placed this index line, and its leaf.
    func note(_ line: IndexLine) throws {
        tree.append(TreeHash.entryLeaf(line, salts: salts))
        try index.append(line.encoded())
        trail.index.append(line.metadata + [0x0A])
        counts.entries += 1
        if line.path.isInside("data") {
            counts.payloadFiles += 1
            counts.payloadBytes += line.size
            manifestSize += UInt64(line.path.rawValue.utf8.count + 67)
        } else {
            tags.append(ManifestLine(sha256: line.sha256, path: line.path))
        }
    }

    func header(_ path: EntryPath, size: UInt64) throws(ArchiveError) -> [UInt8] {
        try StrictTar.header(
            path: opening.folder.fullPath(path), size: size, modificationTime: opening.started.unix)
    }

    func padding(_ size: UInt64) -> [UInt8] {
        [UInt8](repeating: 0, count: StrictTar.padding(size: size))
    }
}
