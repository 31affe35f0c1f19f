internal import Archive
public import BundleFormat
internal import Cryptography

extension BundleReader {
    /// The Seal ID, as the file `seal.sha256` gives it. That the bundle is the one that was sealed so, only ``Verifier`` can say.
    public func sealID() async throws -> SealID {
        try await ClosingFiles(of: self).sealID
    }

    /// Files that entries and records are found by, and that are not the ones that were sealed: the index, by the tag manifest, and
    /// the tag manifest, by the seal. What else is in the bundle is compared with the index when it is read.
    ///
    /// That the seal itself is the right one, only ``Verifier`` can say.
    public func unsealedFiles() async throws -> [EntryPath] {
        var closing = ClosingDigests()
        switch source {
        case .folder(let folder):
            for path in ClosingDigests.wanted {
                let file = try folder.file(path.components)
                closing.begin(path)
                try await file.pieces { closing.update($0) }
                closing.end()
            }
        case .file(let container):
            let prefix = opening.folder.rawValue + "/"
            do {
                // Without a locator the tail is damaged, and all is read.
                try await container.entries(
                    from: container.locator?.indexOffset ?? 0, modificationTime: opening.started.unix
                ) { entry, body in
                    guard entry.path.hasPrefix(prefix),
                        let path = try? EntryPath(String(entry.path.dropFirst(prefix.count))),
                        ClosingDigests.wanted.contains(path)
                    else { return }
                    closing.begin(path)
                    while let piece = try await body.next() { closing.update(piece) }
                    closing.end()
                }
            } catch let error as ArchiveError {
                throw BundleError(error)
            }
        }
        return closing.wrong
    }
}

/// Digests of the index and of the tag manifest, and what the tag manifest and the seal say of them.
private struct ClosingDigests: ~Copyable {
    static let wanted = [BundleLayout.index, BundleLayout.tagManifest, BundleLayout.seal]
    /// Of a tag manifest or a seal; the index is only hashed.
    private static let mostBytes = 64 << 20

    private var digests: [EntryPath: String] = [:]
    private var texts: [EntryPath: [UInt8]] = [:]
    private var path: EntryPath?
    private var hasher = SHA256()

    mutating func begin(_ path: EntryPath) {
        self.path = path
        hasher = SHA256()
        texts[path] = []
    }

    mutating func update(_ piece: ArraySlice<UInt8>) {
        hasher.update(piece)
        guard let path, path != BundleLayout.index, let count = texts[path]?.count, count < Self.mostBytes else {
            return
        }
        texts[path]?.append(contentsOf: piece)
    }

    mutating func end() {
        guard let path else { return }
        var whole = SHA256()
        swap(&whole, &hasher)
        digests[path] = whole.finalize().hex
    }

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
