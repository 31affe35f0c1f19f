internal import Archive
internal import BundleFormat
internal import Cryptography
internal import StructuredText

extension BundleWriter {
    /// Writes what closes a bundle, signs it, and gives the file its name. Nothing can be added afterwards.
    ///
    /// Entries that are still open are left out, and counted. On failure `NAME.partial` stays.
    ///
    /// Two kinds of others are waited for: an ssh-agent and time stamp authorities, neither beyond `limit`. The rest is work
    /// of this machine, and is not cut: what other tasks are placing right now, and what closes a bundle (some hundred bytes an
    /// entry). It takes as long as the disk does; so does a reader of ``Output/stream(_:spools:)``, without which there
    /// is no bundle.
    ///
    /// - Parameter limit: after it nobody is waited for, but that each gets half a second; nil for as long as each of them may
    ///   take. Who has not answered by then costs the signature or the time stamp, not the bundle.
    public func seal(waitingUntil limit: ContinuousClock.Instant? = nil) async throws -> SealedBundle {
        try beginSealing()
        let sealed = try await guarded {
            try await self.exclusively {
                let (sealID, signatures) = try await self.writeSeal(SealPatience(limit: limit))
                return try await self.publish(sealID, signatures)
            }
        }
        endSealing()
        return sealed
    }

    /// Writes the rest of the file, to its last byte; it has not its name yet.
    func writeSeal(_ patience: SealPatience = SealPatience(limit: nil)) async throws -> (
        sealID: SealID, signatures: PlacedSignatures
    ) {
        counts.unfinished = open.count
        open = [:]
        try appendCustody(
            .closed, target: Target(), detail: ["attempts": JSONValue(ledger.count)], attempt: 0, time: clock.wall,
            monotonic: clock.monotonic)
        counts.attempts = ledger.count
        counts.custodyLines = custodyLog.count
        try await placeLog(BundleLayout.ledger, try ledger.content())
        try await placeLog(BundleLayout.custody, try custodyLog.content())

        let indexContent = try index.content()
        let indexOffset = try await place(BundleLayout.index, indexContent)
        tags.append(ManifestLine(sha256: try await indexContent.sha256(), path: BundleLayout.index))
        try await placeManifest(of: indexContent)
        let info = BagInfo(
            opening: opening, payloadBytes: counts.payloadBytes, payloadFiles: counts.payloadFiles, bagged: clock.wall)
        try await placeTag(BundleLayout.bagInfo, info.encoded())
        let root = MerkleRoot(leaves: tree.count, root: tree.root)
        try await placeTag(BundleLayout.merkleRoot, root.encoded())
        let statement = Statement(bundle: opening.bundle, root: root).encoded()
        try await placeTag(BundleLayout.statement, statement)
        let tagManifest = tags.flatMap { $0.encoded() }
        try await place(BundleLayout.tagManifest, StoredContent(tagManifest))
        let seal = Seal(
            tagManifest: SHA256.digest(of: tagManifest), merkleRoot: SHA256.digest(of: root.encoded()),
            statement: SHA256.digest(of: statement))
        try await place(BundleLayout.seal, StoredContent(seal.encoded()))
        let signatures = try await placeSignatures(over: seal.encoded(), patience)
        try await archive.write(StrictTar.endMarker)
        try await archive.finish(
            locator: Locator(
                indexOffset: indexOffset, indexSize: indexContent.size, tarLength: await archive.position,
                entries: tree.count))
        // A stream has no name to get: with its last bytes it is a bundle.
        if isStream { try gate.publish {} }
        return (seal.id, signatures)
    }

    private func placeLog(_ path: EntryPath, _ content: StoredContent) async throws {
        let digest = try await content.digest(path: path, segmentation: .lines, salts: salts)
        let offset = try await place(path, content)
        try note(path, media: "application/x-ndjson", segmentation: .lines, attempt: 0, digest, offset: offset)
    }

    /// The payload manifest says nothing that the index does not, so it is made from it.
    private func placeManifest(of index: StoredContent) async throws {
        try await archive.write(try header(BundleLayout.manifest, size: manifestSize))
        var hasher = SHA256()
        var lines = LineSplitter(limit: FormatLimits.indexLine)
        try await index.pieces { piece in
            var output: [UInt8] = []
            try lines.push(piece) { line in
                let entry = try IndexLine(decoding: line)
                guard entry.path.isInside("data") else { return }
                ManifestLine(sha256: entry.sha256, path: entry.path).encode(into: &output)
            }
            hasher.update(output)
            try await self.archive.write(output)
        }
        guard hasher.count == manifestSize else {
            throw BundleError(
                code: .writeFailed, doing: "writing the manifest", reason: "the spooled index was changed",
                advice: "nothing else may write into \(folder.path)")
        }
        try await archive.write(padding(manifestSize))
        tags.append(ManifestLine(sha256: hasher.finalize(), path: BundleLayout.manifest))
    }

    /// What stands in `sig/`.
    struct PlacedSignatures {
        var made: [SealedSignature]
        var failed: [FailedSigner]
    }

    private func placeSignatures(over seal: [UInt8], _ patience: SealPatience) async throws -> PlacedSignatures {
        var (signatures, failed) = try signing.sign(seal, at: clock.wall / 1_000_000_000, patience)
        await signing.stamp(&signatures, patience)
        try await dropWhatHasNoRoom(&signatures)
        var lines: [ManifestLine] = []
        for (index, signature) in signatures.enumerated() {
            let number = index + 1
            var files = [(BundleLayout.SignatureFile.Kind(signature.made.kind), signature.made.encoded)]
            if let timestamp = signature.timestamp {
                files += [(.timeStamp, timestamp.response), (.authority, timestamp.certificates)]
            }
            for (kind, bytes) in files {
                let path = BundleLayout.signature(number, kind)
                try await place(path, StoredContent(bytes))
                lines.append(ManifestLine(sha256: SHA256.digest(of: bytes), path: path))
            }
        }
        try await place(BundleLayout.signatureManifest, StoredContent(lines.flatMap { $0.encoded() }))
        return PlacedSignatures(made: signatures.map(\.sealed), failed: failed)
    }

    /// On a full disk there is room for signatures, and perhaps none for time stamps.
    private func dropWhatHasNoRoom(_ signatures: inout [SealSigning.Signature]) async throws {
        var needed = signing.room
        for index in signatures.indices {
            guard let timestamp = signatures[index].timestamp else { continue }
            let size = UInt64(timestamp.response.count + timestamp.certificates.count) + 3_072
            if timestamp.isTooLarge {
                signatures[index].drop("it is larger than a bundle can hold")
            } else if try await archive.reserve(needed + size) {
                needed += size
            } else {
                signatures[index].drop("there is no room for it on the disk")
            }
        }
    }

    /// Gives the file its name.
    func publish(_ sealID: SealID, _ signatures: PlacedSignatures) async throws -> SealedBundle {
        let path = isStream ? outputPath : try publishedPath()
        folder.removeAll()
        let digest = fileHash.digest
        let size = await archive.written
        return SealedBundle(
            path: path, sealID: sealID, sha256: digest, size: size, signatures: signatures.made,
            failedSigners: signatures.failed, counts: counts,
            checksumFile: isStream ? nil : Self.writeChecksum(digest, of: path), isNameSynced: isNameSynced)
    }

    /// Gives the file its name. Somebody may have taken it while the capture went on: then it gets the next free one.
    private func publishedPath() throws -> String {
        let suffix = BundleFileName(outputPath)?.suffix ?? ""
        var number = 1
        while true {
            let path = number == 1 ? outputPath : "\(outputPath.dropLast(suffix.count))-\(number)\(suffix)"
            do {
                try gate.publish { () throws(ArchiveError) in try OutputFile.rename(from: partialPath, to: path) }
                // It has its name from here on. That a power cut may still take the name is no reason to say otherwise.
                isNameSynced = (try? OutputFile.syncName(from: partialPath, to: path)) != nil
                return path
            } catch let error as ArchiveError {
                guard error.code == .exists, number < 100 else { throw error }
                number += 1
            }
        }
    }

    /// The bundle is sealed already, so a failure here only costs this file.
    static func writeChecksum(_ digest: SHA256Digest, of bundle: String) -> String? {
        let path = bundle + ".sha256"
        let name = bundle.split(separator: "/").last.map(String.init) ?? bundle
        // What sha256sum itself does with names that would break a line.
        let isPlain = !name.utf8.contains { $0 == 0x0A || $0 == 0x0D || $0 == 0x5C }
        guard isPlain, var file = try? OutputFile(creating: path) else { return nil }
        do {
            try file.write(Array("\(digest.hex)  \(name)\n".utf8))
            try file.sync()
            try file.close()
            return path
        } catch {
            FileStatus.remove(path)
            return nil
        }
    }
}
