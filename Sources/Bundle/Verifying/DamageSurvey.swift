internal import Archive
internal import BundleFormat
internal import Cryptography

/// What of a damaged archive is still as it was sealed: where reading from front to back ended, each entry is looked at
/// for itself, through the index and the container's seek table.
///
/// Costs a second pass, on one core, and no memory that grows with the bundle.
struct DamageSurvey {
    private static let tagManifestLimit = 64 << 20
    private static let sealLimit = 4_096

    let reader: ContainerReader

    /// What stands behind the index, as far as it can be read.
    private struct Closing {
        var folder: FolderName
        var time: UInt64
        var indexDigest: SHA256Digest
        var tagManifest: [UInt8]?
        var seal: [UInt8]?

        /// Whether the seal covers the index: then what agrees with the index is as it was sealed.
        var isIndexSealed: Bool {
            guard let seal, let tagManifest, let decoded = try? Seal(decoding: seal[...]),
                decoded.tagManifest == SHA256.digest(of: tagManifest),
                let lines = try? ManifestLine.decode(tagManifest[...])
            else { return false }
            return lines.contains(ManifestLine(sha256: indexDigest, path: BundleLayout.index))
        }
    }

    /// Ends a pass through the archive early.
    private struct Enough: Error {}
    /// What the index says cannot be so.
    private struct Unusable: Error {}

    /// Looks at every entry of the index, and gives those that are wrong to `report`; nil when the index cannot be read.
    func run(_ report: (Finding) -> Void) async -> Verification.Survey? {
        guard let locator = reader.locator, let closing = await readClosing(locator) else { return nil }
        var survey = Verification.Survey(
            entries: 0, whole: 0, isIndexSealed: closing.isIndexSealed,
            sealID: closing.seal.map { SealID(SHA256.digest(of: $0)) })
        var end: UInt64 = 0
        var lines = LineSplitter(limit: FormatLimits.indexLine)
        do {
            try await reader.entries(from: locator.indexOffset) { _, body in
                while let piece = try await body.next() {
                    try lines.push(piece) { bytes in
                        let line = try IndexLine(decoding: bytes)
                        // Entries do not overlap, so this reads the archive once, whatever the index says.
                        guard line.offset >= end, !Task.isCancelled else { throw Unusable() }
                        end =
                            line.offset
                            + StrictTar.entryBytes(path: closing.folder.fullPath(line.path), size: line.size)
                        survey.entries += 1
                        if let finding = check(line, closing) { report(finding) } else { survey.whole += 1 }
                    }
                }
                throw Enough()
            }
        } catch is Enough {
            return survey
        } catch {
            return nil
        }
        return survey
    }

    /// Nil when the entry is what its line says.
    private func check(_ line: IndexLine, _ closing: Closing) -> Finding? {
        let path = line.path.rawValue
        do {
            let header = try StrictTar.header(
                path: closing.folder.fullPath(line.path), size: line.size, modificationTime: closing.time)
            guard try reader.read(tarOffset: line.offset, count: header.count) == header else {
                return Finding(
                    .index, path: path, says: "what stands at its place does not begin with its header",
                    offset: line.offset)
            }
            var hasher = SHA256()
            try reader.read(tarOffset: line.offset + UInt64(header.count), count: line.size) { hasher.update($0) }
            let digest = hasher.finalize()
            guard digest != line.sha256 else { return nil }
            return Finding(
                .contentChanged, path: path, says: "its content is not what the index says",
                expected: line.sha256.hex, actual: digest.hex, offset: line.offset)
        } catch let error as ArchiveError {
            return Finding(
                Finding.Code(rawValue: "archive.\(error.code)"), path: path, says: "it cannot be read: \(error.reason)",
                offset: line.offset)
        } catch {
            return Finding(.malformed, path: path, says: "it cannot be read: \(error)", offset: line.offset)
        }
    }

    /// Reads from the index to the end; nil when not even the index is there.
    private func readClosing(_ locator: Locator) async -> Closing? {
        var closing: Closing?
        do {
            try await reader.entries(from: locator.indexOffset) { entry, body in
                guard let (folder, path) = Self.split(entry.path) else { throw Enough() }
                guard closing != nil else {
                    guard path == BundleLayout.index, entry.size == locator.indexSize else { throw Enough() }
                    var hasher = SHA256()
                    while let piece = try await body.next() { hasher.update(piece) }
                    closing = Closing(
                        folder: folder, time: entry.modificationTime, indexDigest: hasher.finalize())
                    return
                }
                switch path {
                case BundleLayout.tagManifest:
                    closing?.tagManifest = try await body.readAll(limit: Self.tagManifestLimit)
                case BundleLayout.seal:
                    closing?.seal = try await body.readAll(limit: Self.sealLimit)
                    throw Enough()
                default: break
                }
            }
        } catch {
            // What was reached is what there is.
        }
        return closing
    }

    private static func split(_ fullPath: String) -> (FolderName, EntryPath)? {
        let parts = fullPath.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let folder = try? FolderName(String(parts[0])),
            let path = try? EntryPath(String(parts[1]))
        else { return nil }
        return (folder, path)
    }
}
