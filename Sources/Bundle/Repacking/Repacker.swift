public import Archive
public import BundleFormat
public import Cryptography

/// Puts the tar stream of a sealed bundle into another container, or compresses it at another level.
///
/// The stream stays the same, and with it the seal and the Seal ID: to its last byte, or, where there are records beside
/// the bundle, to the end of `sig/`; behind it `records/` is written with all of them. Only the container and the records
/// are judged here: whether the bundle is intact is for ``Verifier``, which answers the same for both files.
public struct Repacker: Sendable {
    public var container: Container
    /// Compression level, within `Container.levels`; nil is the container's default.
    public var level: Int?
    /// Which records are folded in.
    public var records = RecordsSource.beside
    /// How long to wait for somebody who is adding to the records.
    public var patience: Duration = .seconds(60)
    /// What opens the source if it is encrypted. No plaintext touches the disk.
    public var identities: [AgeIdentity]
    /// To whom the new file is encrypted.
    public var encryption: EncryptionChoice

    public init(
        container: Container, level: Int? = nil, identities: [AgeIdentity] = [],
        encryption: EncryptionChoice = .asBefore
    ) {
        self.container = container
        self.level = level
        self.identities = identities
        self.encryption = encryption
    }

    /// Writes the stream of the bundle at `source` to a new file at `destination`.
    ///
    /// It is read once, decompressed and compressed on all cores, and called `destination.partial` until it is done;
    /// on failure, or when the task is cancelled, that is removed.
    ///
    /// - Throws: ``BundleError``: `damaged` or `truncated` when the source is not intact as a container,
    ///   `badRecords` when records are not of this bundle or do not hold, `notABundle` when it has no index; `exists`, `noSpace`, `writeFailed`,
    ///   `readFailed`, `inUse`, `cannotDecrypt`, `wouldDecrypt`.
    @concurrent
    public func repack(from source: String, to destination: String) async throws -> RepackedBundle {
        let partial = destination + ".partial"
        do {
            let content = try EncryptedFile.source(path: source, identities: identities)
            let reader = try ContainerReader(source: content)
            if let problem = reader.tailProblem { throw problem }
            // Nothing is added to the records while they are folded in.
            let lock = try await lockRecords(of: source)
            let folding = try await folding(of: source)
            defer { withExtendedLifetime(lock) {} }
            let taken = [destination, partial, destination + ".sha256", Sidecar.defaultPath(for: destination)]
            for name in taken where FileStatus.exists(name) {
                throw BundleError(
                    code: .exists, doing: "repacking to", subject: name, reason: "there is something with this name",
                    advice: "choose another name or move it away; nothing is ever replaced")
            }
            // Only of what is encrypted it matters what it says of itself.
            let recipients = try encryption.recipients(
                opening: content is AgeSource ? try await BundleReader.opening(reader) : nil, doing: "repacking",
                subject: source)
            let transform = recipients.isEmpty ? nil : try ArchiveEncryption(recipients: recipients)
            let hash = FileHash()
            let writer = ContainerWriter(
                output: try OutputFile(creating: partial), container: container,
                options: ContainerOptions(level: level), transform: transform, tap: { hash.update($0) })
            do {
                let (sealID, tarLength) = try await copy(reader, folding, to: writer)
                try OutputFile.publish(from: partial, to: destination)
                let checksum = BundleWriter.writeChecksum(hash.digest, of: destination)
                return RepackedBundle(
                    path: destination, sealID: sealID, sha256: hash.digest, size: await writer.written,
                    tarLength: tarLength, foldedRecords: folding?.count, checksumFile: checksum)
            } catch {
                FileStatus.remove(partial)
                throw error
            }
        } catch {
            throw BundleError(wrapping: error, doing: "repacking", subject: source)
        }
    }

    private func lockRecords(of source: String) async throws -> SidecarLock? {
        guard let path = records.path(for: source) else { return nil }
        return try await SidecarLock(of: path, patience: patience)
    }

    private func folding(of source: String) async throws -> Folding? {
        let (path, content) = try records.content(for: source) ?? ("", SidecarContent([]))
        return try await Folding(content, path: path, bundle: source, identities: identities)
    }

    /// Writes the whole stream, and finishes the container.
    private func copy(
        _ reader: ContainerReader, _ folding: Folding?, to writer: ContainerWriter
    ) async throws -> (sealID: SealID?, tarLength: UInt64) {
        var landmarks = Landmarks()
        var folder = ""
        var time: UInt64 = 0
        // A header is a function of path, size and time, and the reader has compared each with it.
        let summary = try await reader.entries { entry, body in
            (folder, time) = (String(entry.path.prefix { $0 != "/" }), entry.modificationTime)
            if folding != nil, entry.path.dropFirst(folder.count).hasPrefix("/records/") { return }
            try await writer.write(
                try StrictTar.header(path: entry.path, size: entry.size, modificationTime: entry.modificationTime))
            landmarks.begin(entry)
            while let piece = try await body.next() {
                try Task.checkCancellation()
                landmarks.piece(piece)
                try await writer.write(piece)
            }
            try await writer.write([UInt8](repeating: 0, count: StrictTar.padding(size: entry.size)))
        }
        try reader.verifyTail(locator: try landmarks.locator(tarLength: summary.tarLength))
        if let folding {
            guard landmarks.sealID == folding.sealID else {
                throw BundleError(code: .readFailed, doing: "repacking", reason: "the file was changed meanwhile")
            }
            try await folding.write(folder: folder, modificationTime: time, to: writer)
        }
        try await writer.write(StrictTar.endMarker)
        let tarLength = await writer.position
        try await writer.finish(locator: try landmarks.locator(tarLength: tarLength))
        return (landmarks.sealID, tarLength)
    }
}

/// A bundle in its new container.
public struct RepackedBundle: Hashable, Sendable {
    /// Of the new file.
    public let path: String
    /// Of the bundle in it, the same as before; nil when it has no seal.
    public let sealID: SealID?
    /// Of the new file.
    public let sha256: SHA256Digest
    /// Of the new file, in bytes.
    public let size: UInt64
    /// Of the tar stream, in bytes.
    public let tarLength: UInt64
    /// How many records it holds now; nil when none were folded in.
    public let foldedRecords: UInt64?
    /// `<path>.sha256`; nil when it could not be written.
    public let checksumFile: String?
}
