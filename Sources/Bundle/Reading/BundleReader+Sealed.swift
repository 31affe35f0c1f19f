internal import Archive
public import BundleFormat
internal import Cryptography

/// What closes a bundle, as far as it can be told without reading all of it.
public struct BundleClosing: Sendable {
    /// As ``BundleReader/unsealedFiles()``.
    public let unsealed: [EntryPath]
    /// Nil when there is no seal.
    public let sealID: SealID?
    /// The content of `records/*.json` in the order of the archive.
    let records: [[UInt8]]
}

extension BundleReader {
    /// Files that entries and records are found by, and that are not the ones that were sealed: the index, by the tag manifest, and
    /// the tag manifest, by the seal. What else is in the bundle is compared with the index when it is read.
    ///
    /// That the seal itself is the right one, only ``Verifier`` can say.
    public func unsealedFiles() async throws -> [EntryPath] { try await closing().unsealed }

    /// Looks at what closes the bundle: the index, the tag manifest and the seal.
    public func closing() async throws -> BundleClosing {
        var closing = ClosingDigests()
        switch source {
        case .folder(let folder):
            for path in ClosingDigests.wanted {
                try await closing.add(path, folder.file(path.components))
            }
            // Nobody may have recorded anything since.
            while let file = try? folder.file(closing.nextRecord.components) {
                try await closing.add(closing.nextRecord, file)
            }
        case .file(let container, _):
            let prefix = opening.folder.rawValue + "/"
            do {
                // Without a locator the tail is damaged, and all is read.
                try await container.entries(
                    from: container.locator?.indexOffset ?? 0, modificationTime: opening.started.unix
                ) { entry, body in
                    guard entry.path.hasPrefix(prefix),
                        let path = try? EntryPath(String(entry.path.dropFirst(prefix.count))),
                        ClosingDigests.wanted.contains(path) || path == closing.nextRecord
                    else { return }
                    closing.begin(path)
                    while let piece = try await body.next() { closing.update(piece) }
                    closing.end()
                }
            } catch let error as ArchiveError {
                throw BundleError(error)
            }
        }
        return BundleClosing(unsealed: closing.wrong, sealID: closing.sealID, records: closing.records)
    }
}

/// Digests of the index and of the tag manifest, and what the tag manifest and the seal say of them.
private struct ClosingDigests: ~Copyable {
    static let wanted = [BundleLayout.index, BundleLayout.tagManifest, BundleLayout.seal]
    /// Of a tag manifest or a seal; the index is only hashed.
    private static let mostBytes = 64 << 20

    private var digests: [EntryPath: String] = [:]
    private var texts: [EntryPath: [UInt8]] = [:]
    private(set) var records: [[UInt8]] = []
    private var recordBytes = 0
    private var path: EntryPath?
    private var hasher = SHA256()

    mutating func begin(_ path: EntryPath) {
        self.path = path
        hasher = SHA256()
        texts[path] = []
    }

    /// Of a record that was folded in: they are without gaps, in order.
    var nextRecord: EntryPath { BundleLayout.record(UInt64(records.count + 1)) }

    mutating func add(_ path: EntryPath, _ file: borrowing FolderFile) async throws {
        begin(path)
        try await file.pieces { update($0) }
        end()
    }

    mutating func update(_ piece: ArraySlice<UInt8>) {
        hasher.update(piece)
        guard let path, path != BundleLayout.index, recordBytes < Self.mostBytes, let count = texts[path]?.count,
            count < Self.mostBytes
        else {
            return
        }
        texts[path]?.append(contentsOf: piece)
    }

    mutating func end() {
        guard let path else { return }
        var whole = SHA256()
        swap(&whole, &hasher)
        digests[path] = whole.finalize().hex
        guard path == nextRecord, let text = texts.removeValue(forKey: path) else { return }
        records.append(text)
        recordBytes += text.count
    }

    var sealID: SealID? { digests[BundleLayout.seal].flatMap { SealID($0) } }

    var wrong: [EntryPath] {
        [(BundleLayout.tagManifest, BundleLayout.seal), (BundleLayout.index, BundleLayout.tagManifest)].compactMap {
            digests[$0] != nil && digests[$0] == said(of: $0, in: $1) ? nil : $0
        }
    }

    /// By a line of `sha256sum`: 64 digits, two blanks, the path.
    private func said(of path: EntryPath, in file: EntryPath) -> String? {
        let ending = Array("  \(path.rawValue)".utf8)
        for line in (texts[file] ?? []).split(separator: 0x0A)
        where line.count == 64 + ending.count && line.suffix(ending.count).elementsEqual(ending) {
            return String(decoding: line.prefix(64), as: UTF8.self)
        }
        return nil
    }
}
