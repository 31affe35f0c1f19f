internal import Archive
internal import BundleFormat
internal import Cryptography

/// The files of a bundle behind its content: the seal, what was signed at the seal, and the records that were folded in.
///
/// They are read, not judged; only the seal has its three lines.
struct ClosingFiles: Sendable {
    /// `seal.sha256`
    var seal: [UInt8] = []
    var sealID: SealID
    /// `sig/*` but for the manifest, in order.
    var signatures: [(path: EntryPath, bytes: [UInt8])] = []
    /// `records/*.json` in order.
    var records: [[UInt8]] = []

    private static let doing = "reading the seal"
    /// Of all of `sig/`.
    private static let mostSignatureBytes: UInt64 = 16 << 20
}

extension ClosingFiles {
    /// Reads them without reading what stands before, where there is a locator.
    init(of reader: BundleReader) async throws {
        var collected = Collection()
        switch reader.source {
        case .folder(let folder): try await collected.take(from: folder)
        case .file(let container, _): try await collected.take(from: container, opening: reader.opening)
        }
        guard let seal = collected.seal else {
            throw BundleError(
                code: .truncated, doing: Self.doing, subject: reader.path, reason: "it has no seal",
                advice: "verify the bundle")
        }
        self.seal = seal
        do {
            sealID = try Seal(decoding: seal[...]).id
        } catch {
            throw BundleError(error, subject: reader.path)
        }
        signatures = collected.signatures
        records = collected.records
    }

    private struct Collection {
        var seal: [UInt8]?
        var signatures: [(path: EntryPath, bytes: [UInt8])] = []
        var records: [[UInt8]] = []
        private var bytes: UInt64 = 0

        /// How many bytes of a file are wanted; nil when none are.
        private mutating func limit(_ path: EntryPath, size: UInt64) throws -> Int? {
            let rule = BundleLayout.rule(for: path)
            let limit: Int
            switch rule?.role {
            case .fixed where path == BundleLayout.seal: limit = 512
            case .signature: limit = 1 << 20
            case .record: limit = FormatLimits.attestationLine
            default: return nil
            }
            bytes += size
            guard size <= UInt64(limit), records.count <= FormatLimits.attestationRecords,
                bytes <= UInt64(FormatLimits.attestationBytes) + ClosingFiles.mostSignatureBytes
            else {
                throw BundleError(
                    code: .tooLarge, doing: ClosingFiles.doing, subject: path.rawValue,
                    reason: "it, or all such files together, are larger than the format allows",
                    advice: "verify the bundle")
            }
            return limit
        }

        private mutating func put(_ content: [UInt8], _ path: EntryPath) {
            switch BundleLayout.rule(for: path)?.role {
            case .signature: signatures.append((path, content))
            case .record: records.append(content)
            default: seal = content
            }
        }

        mutating func take(from container: ContainerReader, opening: OpeningRecord) async throws {
            let prefix = opening.folder.rawValue + "/"
            do {
                if let locator = container.locator {
                    try await container.entries(from: locator.indexOffset, modificationTime: opening.started.unix) {
                        try await take($0, &$1, prefix)
                    }
                } else {
                    try await container.entries(modificationTime: opening.started.unix) {
                        try await take($0, &$1, prefix)
                    }
                }
            } catch let error as ArchiveError {
                throw BundleError(error)
            }
        }

        private mutating func take(_ entry: TarEntry, _ body: inout EntryBody, _ prefix: String) async throws {
            guard entry.path.hasPrefix(prefix), let path = try? EntryPath(String(entry.path.dropFirst(prefix.count))),
                let limit = try limit(path, size: entry.size)
            else { return }
            put(try await body.readAll(limit: limit), path)
        }

        mutating func take(from folder: FolderRoot) async throws {
            try await take(BundleLayout.seal, from: folder)
            for name in ["sig", "records"] {
                guard let inner = try? folder.folder(name) else { continue }
                let most = Int(FormatLimits.attestationRecords) + 1
                let paths = try inner.names(limit: most).compactMap {
                    try? EntryPath(validating: Array("\(name)/".utf8) + $0.name)
                }
                for path in paths where path != BundleLayout.signatureManifest { try await take(path, from: folder) }
            }
        }

        private mutating func take(_ path: EntryPath, from folder: FolderRoot) async throws {
            let file = try folder.file(path.components)
            guard try limit(path, size: file.size) != nil else { return }
            var content: [UInt8] = []
            try await file.pieces { content += $0 }
            put(content, path)
        }
    }
}
