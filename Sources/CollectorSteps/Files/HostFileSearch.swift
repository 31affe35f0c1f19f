internal import Collection
internal import LinuxHost

/// Finds the files of a step `files` on this host, by the walk that never follows a link below what is named.
struct HostFileSearch: Sendable {
    /// A file to copy.
    struct File: Sendable {
        /// The folder that it is opened beneath, without following a link; the folder itself is opened as it is named.
        var root: String
        /// Its path below that.
        var below: RawText
        /// Its path as the definition names it: what the entry is called.
        var path: [UInt8]
        var size: UInt64
        var identity: FileIdentity
    }

    struct Result: Sendable {
        var files: [File] = []
        /// How many there are, kept or not.
        var count = 0
        var rows = 0
        var larger = 0
        var firstLarger: String?
        /// Paths at which there is nothing.
        var absent = 0
        var failures = FailureLog()
        var stop: ChangedFileSummary.Stop?
        fileprivate var seen: Set<RawText> = []
    }

    let request: FilesRequest
    let deadline: ContinuousClock.Instant

    /// - Parameter output: gets a line for each file and link.
    func search(_ output: BlockingReader.Output) throws -> Result {
        var result = Result()
        let proc = try? ProcFileSystem()
        let mounts =
            proc.flatMap { try? MountReader(proc: $0, measuresUsage: false).read() }?.entries.map(\.mount) ?? []
        for path in request.paths where result.stop == nil {
            // Of a file the path without links; nil for a folder.
            let resolved: String?
            do throws(HostError) {
                let named = try NamedPath(path, mounts: mounts)
                guard !named.isSpecial, !FilePathText.lies(named.resolved, in: FilePathText.refusedFolders) else {
                    throw Self.refused(
                        path, "it leads into a file system that the kernel makes up, without files to copy")
                }
                guard named.kind == .directory || named.kind == .regular else {
                    throw Self.refused(path, "it is neither a regular file nor a folder")
                }
                resolved = named.kind == .regular ? named.resolved : nil
            } catch {
                if error.code == .notFound { result.absent += 1 } else { result.failures.record(error) }
                continue
            }
            if let resolved {
                try file(path, resolved, proc, output, &result)
            } else {
                try folder(path, proc, output, &result)
            }
        }
        return result
    }

    private static func refused(_ path: String, _ reason: String) -> HostError {
        HostError(.unexpectedType, "open", RawText(path), reason: reason)
    }

    private func query(_ root: String) -> ChangedFileQuery {
        var query = ChangedFileQuery(
            from: Timestamp(seconds: .min), to: Timestamp(seconds: .max, nanoseconds: 999_999_999))
        query.roots = [root]
        query.deadline = deadline
        return query
    }

    private func folder(
        _ path: String, _ proc: ProcFileSystem?, _ output: BlockingReader.Output, _ result: inout Result
    ) throws {
        var query = query(path)
        query.excluded = Set(FilePathText.refusedFolders.map { RawText($0) })
        let length = path == "/" ? 1 : path.utf8.count + 1
        let summary = try ChangedFileWalk(query, proc: proc).walk { found in
            let name = found.file.path.bytes.split(separator: 0x2F).last ?? []
            guard request.isMeant(name) else { return }
            try take(
                found.file, root: path, below: RawText(Array(found.file.path.bytes.dropFirst(length))),
                path: found.file.path.bytes, output, &result)
        }
        for failure in summary.failures.failures { result.failures.record(failure) }
        result.stop = summary.stop
    }

    /// A file is looked for in the folder that it is in, by the same walk, which goes no deeper.
    private func file(
        _ path: String, _ resolved: String, _ proc: ProcFileSystem?, _ output: BlockingReader.Output,
        _ result: inout Result
    ) throws {
        let parts = resolved.split(separator: "/")
        guard let name = parts.last else { return }
        let parent = "/" + parts.dropLast().joined(separator: "/")
        var query = query(parent)
        query.maxDepth = 0
        var isFound = false
        let summary = try ChangedFileWalk(query, proc: proc).walk { found in
            guard found.file.path.bytes.elementsEqual(resolved.utf8) else { return }
            isFound = true
            try take(
                found.file, root: parent, below: RawText(String(name)), path: Array(path.utf8), output, &result)
        }
        // What else is in that folder is no matter, but where the file did not come it is why.
        if !isFound {
            for failure in summary.failures.failures { result.failures.record(failure) }
            if summary.stop == nil, summary.failures.count == 0 {
                result.failures.record(Self.refused(path, "it is a mount point of its own, or went away meanwhile"))
            }
        }
        result.stop = summary.stop
    }

    private func take(
        _ file: ChangedFile, root: String, below: RawText, path: [UInt8], _ output: BlockingReader.Output,
        _ result: inout Result
    ) throws {
        guard file.kind == .regular || file.kind == .link else { return }
        // Paths may overlap, and then a file is found twice.
        guard request.paths.count == 1 || result.seen.insert(RawText(path)).inserted else { return }
        result.rows += 1
        try output.append { file.appendJSONLine(to: &$0) }
        guard file.kind == .regular else { return }
        guard file.size <= request.largest else {
            result.larger += 1
            if result.firstLarger == nil { result.firstLarger = "\(file.path.escaped) with \(file.size) bytes" }
            return
        }
        result.count += 1
        guard result.files.count < request.most else { return }
        result.files.append(File(root: root, below: below, path: path, size: file.size, identity: file.identity))
    }
}
