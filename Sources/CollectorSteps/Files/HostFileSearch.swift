internal import Collection
internal import Glibc
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

    /// File systems that the kernel makes up, or that have devices. Source: Linux, `fs/` and Documentation/filesystems.
    private static let special: Set<String> = [
        "proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "debugfs", "tracefs", "securityfs", "bpf", "pstore",
        "configfs", "fusectl", "mqueue", "binfmt_misc", "efivarfs", "autofs", "selinuxfs",
    ]

    let request: FilesRequest
    let deadline: ContinuousClock.Instant

    /// - Parameter output: gets a line for each file and link.
    func search(_ output: BlockingReader.Output) throws -> Result {
        var result = Result()
        let proc = try? ProcFileSystem()
        let mounts =
            proc.flatMap { try? MountReader(proc: $0, measuresUsage: false).read() }?.entries.map(\.mount) ?? []
        for path in request.paths where result.stop == nil {
            var status = stat()
            guard stat(path, &status) == 0 else {
                let number = errno
                if number == ENOENT || number == ENOTDIR {
                    result.absent += 1
                } else {
                    result.failures.record(HostError(errno: number, "stat", RawText(path)))
                }
                continue
            }
            guard let resolved = Self.resolved(path), !Self.isSpecial(status, mounts),
                !FilePathText.lies(resolved, in: FilePathText.refusedFolders)
            else {
                result.failures.record(
                    HostError(
                        .unexpectedType, "open", RawText(path),
                        reason: "it leads into a file system that the kernel makes up, which has no files to copy"))
                continue
            }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try folder(path, proc, output, &result)
            case S_IFREG: try file(path, resolved, proc, output, &result)
            default:
                result.failures.record(
                    HostError(
                        .unexpectedType, "open", RawText(path), reason: "it is neither a regular file nor a folder"))
            }
        }
        return result
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
            guard request.names.isEmpty || isMeant(name) else { return }
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
        let summary = try ChangedFileWalk(query, proc: proc).walk { found in
            guard found.file.path.bytes.elementsEqual(resolved.utf8) else { return }
            try take(
                found.file, root: parent, below: RawText(String(name)), path: Array(path.utf8), output, &result)
        }
        result.stop = summary.stop
    }

    private func take(
        _ file: ChangedFile, root: String, below: RawText, path: [UInt8], _ output: BlockingReader.Output,
        _ result: inout Result
    ) throws {
        guard file.kind == .regular || file.kind == .link, result.seen.insert(RawText(path)).inserted else { return }
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

    private func isMeant(_ name: ArraySlice<UInt8>) -> Bool {
        let text = String(decoding: name, as: UTF8.self)
        return request.names.contains { Glob.matches($0, text) }
    }

    /// Links resolved, as it is the operator who named it.
    private static func resolved(_ path: String) -> String? {
        guard let text = realpath(path, nil) else { return nil }
        defer { free(text) }
        return String(validatingCString: text)
    }

    private static func isSpecial(_ status: stat, _ mounts: [Mount]) -> Bool {
        // Source: glibc, sysdeps/unix/sysv/linux/makedev.c.
        let device = UInt64(status.st_dev)
        let major = UInt32(truncatingIfNeeded: (device >> 8) & 0xFFF | (device >> 32) & ~0xFFF)
        let minor = UInt32(truncatingIfNeeded: device & 0xFF | (device >> 12) & ~0xFF)
        return mounts.contains { $0.major == major && $0.minor == minor && special.contains($0.type) }
    }
}
