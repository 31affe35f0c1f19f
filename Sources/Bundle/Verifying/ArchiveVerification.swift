internal import Archive
internal import BundleFormat
internal import Cryptography

/// Shows the files of a container to the pass.
struct ArchiveVerification {
    let reader: ContainerReader
    let pass: VerificationPass

    /// True when the archive could not be read to its end.
    func run() async throws -> Bool {
        var folder: String?
        var index: (offset: UInt64, size: UInt64)?
        do {
            let summary = try await reader.entries { entry, body in
                let found = split(entry.path, folder: &folder)
                guard let path = found, await pass.begin(path, size: entry.size, offset: entry.offset) else { return }
                if path == BundleLayout.index { index = (entry.offset, entry.size) }
                while let piece = try await body.next() { await pass.piece(piece) }
                await pass.end()
                if path == BundleLayout.opening { compareOpening(folder, entry) }
            }
            try compareLocator(index, tarLength: summary.tarLength)
            return false
        } catch let error as ArchiveError {
            if error.code == .readFailed { throw BundleError(error) }
            if pass.result.counts.files == 0, reader.locator == nil, error.code != .truncated {
                throw BundleError(
                    code: .notABundle, doing: "reading a bundle", subject: error.subject,
                    reason:
                        "it is an archive, but neither its first bytes nor its end are those of a bundle (\(error.reason))"
                )
            }
            let isCut = report(error, folder: folder)
            if isCut { await survey() }
            return isCut
        }
    }

    /// Where the index can still be read, every entry that is wrong is named, not only the first.
    private func survey() async {
        guard let survey = await DamageSurvey(reader: reader).run({ pass.fail($0) }) else { return }
        pass.result.survey = survey
        pass.result.sealID = pass.result.sealID ?? survey.sealID
    }

    /// The path without the folder, which is the same for all.
    private func split(_ fullPath: String, folder: inout String?) -> EntryPath? {
        let parts = fullPath.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        if folder == nil { folder = name }
        guard parts.count == 2, name == folder, let path = try? EntryPath(String(parts[1])) else {
            pass.fail(Finding(.extra, path: fullPath, says: "it is not in the bundle's one folder"))
            return nil
        }
        return path
    }

    private func compareOpening(_ folder: String?, _ entry: TarEntry) {
        guard let opening = pass.result.opening else { return }
        if opening.folder.rawValue != folder {
            pass.fail(
                Finding(
                    .malformed, path: BundleLayout.opening.rawValue, says: "the folder has another name than it says",
                    expected: opening.folder.rawValue, actual: folder))
        }
        if opening.started.unix != entry.modificationTime {
            pass.fail(
                Finding(
                    .malformed, path: BundleLayout.opening.rawValue,
                    says: "the headers of the archive have another time than the start of the run",
                    expected: "\(opening.started.unix)", actual: "\(entry.modificationTime)"))
        }
    }

    private func compareLocator(_ index: (offset: UInt64, size: UInt64)?, tarLength: UInt64) throws(ArchiveError) {
        guard let index else { return }
        try reader.verifyTail(
            locator: Locator(
                indexOffset: index.offset, indexSize: index.size, tarLength: tarLength, entries: pass.tree.count))
    }

    /// A cut is a matter of completeness, all else one of integrity. What was read before it stays in the result.
    private func report(_ error: ArchiveError, folder: String?) -> Bool {
        let tail: Set<ArchiveError.Code> = [.badLocator, .badSeekTable, .trailingBytes]
        let prefix = (folder ?? "") + "/"
        func relative(_ path: String) -> String { path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path }
        let path = error.entry.map(relative) ?? ""
        let whole =
            pass.result.lastWholeFile.map {
                "; \(pass.result.counts.files) files are whole, the last of them \($0)"
            } ?? "; no file is whole"
        let isTail = tail.contains(error.code)
        let finding = Finding(
            error.code == .truncated ? .truncated : Finding.Code(rawValue: "archive.\(error.code)"), path: path,
            says: error.reason + (isTail ? "" : whole), offset: error.tarOffset)
        if error.code == .truncated {
            pass.lack(finding)
        } else {
            pass.fail(finding)
        }
        return !isTail
    }
}
