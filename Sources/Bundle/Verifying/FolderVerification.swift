internal import BundleFormat
internal import Cryptography

/// Shows the files of an unpacked bundle to the pass, in the order the archive would have them. What is there too much
/// is found as well, and links are not followed.
struct FolderVerification {
    private static let mostFiles = 20_000_000
    private static let deepest = 500

    let root: FolderRoot
    let pass: VerificationPass

    /// False: a folder is never cut off, files are missing from it.
    func run() async throws -> Bool {
        var files: [EntryPath] = []
        try list(root, prefix: "", depth: 0, &files)
        let positions = try await indexPositions()
        let ordered = files.sorted { sortKey($0, positions) < sortKey($1, positions) }
        for path in ordered {
            do {
                let file = try root.file(path.components)
                guard await pass.begin(path, size: file.size, offset: nil) else { continue }
                try await file.pieces { await pass.piece($0) }
                await pass.end()
            } catch let error as BundleError {
                pass.fail(Finding(.malformed, path: path.rawValue, says: error.reason))
            }
        }
        return false
    }

    private func list(_ folder: FolderRoot, prefix: String, depth: Int, _ files: inout [EntryPath]) throws {
        for (name, isFolder) in try folder.names(limit: Self.mostFiles) {
            let shown = prefix + String(decoding: name, as: UTF8.self)
            guard depth < Self.deepest, files.count < Self.mostFiles,
                let path = try? EntryPath(validating: Array(prefix.utf8) + name)
            else {
                pass.fail(
                    Finding(.extra, path: EntryPath.printable(shown), says: "no bundle has a file of this name"))
                continue
            }
            if isFolder {
                let inner = try folder.folder(String(path.components.last ?? ""))
                try list(inner, prefix: path.rawValue + "/", depth: depth + 1, &files)
            } else {
                files.append(path)
            }
        }
    }

    /// Where the index lists each entry; nothing when it cannot be read, which the pass will say.
    private func indexPositions() async throws -> [EntryPath: Int] {
        var positions: [EntryPath: Int] = [:]
        do {
            var splitter = LineSplitter(limit: FormatLimits.indexLine)
            try await root.file(BundleLayout.index.components).pieces { piece in
                try splitter.push(piece) { line in
                    if let line = try? IndexLine(decoding: line) { positions[line.path] = positions.count }
                }
            }
            try await addCheckpoints(&positions)
        } catch {
            return positions
        }
        return positions
    }

    /// Checkpoints have no index line; in the tagmanifest they stand between definitions, which do.
    private func addCheckpoints(_ positions: inout [EntryPath: Int]) async throws {
        var position = 0
        var splitter = LineSplitter(limit: FormatLimits.path + 128)
        try await root.file(BundleLayout.tagManifest.components).pieces { piece in
            try splitter.push(piece) { line in
                guard let path = try? ManifestLine(decoding: line).path else { return }
                if path.isInside("meta/checkpoints") {
                    positions[path] = position
                } else if BundleLayout.rule(for: path)?.isClosing == false, let known = positions[path] {
                    position = known
                }
            }
        }
    }

    /// First by the place of its kind, then by the index, then by number or name.
    private func sortKey(_ path: EntryPath, _ positions: [EntryPath: Int]) -> SortKey {
        let rule = BundleLayout.rule(for: path)
        var position = positions[path] ?? .max
        if case .signature(let file)? = rule?.role { position = file.position }
        return SortKey(
            order: rule?.order ?? .max, position: position,
            isCheckpoint: path.isInside("meta/checkpoints") ? 1 : 0, path: path.rawValue)
    }

    private struct SortKey: Comparable {
        var order: Int
        var position: Int
        /// A checkpoint has the position of the file that it stands behind.
        var isCheckpoint: Int
        var path: String

        static func < (left: SortKey, right: SortKey) -> Bool {
            (left.order, left.position, left.isCheckpoint, left.path)
                < (right.order, right.position, right.isCheckpoint, right.path)
        }
    }
}
