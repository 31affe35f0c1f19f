internal import Glibc
internal import Synchronization

/// A folder for what is kept between runs, and can be had again: nobody else can have written what is read from it.
///
/// It is `exhibit/NAME` in a folder for caches of all programs. Its files are their owner's alone (mode 0600, in folders of 0700).
struct CacheFolder: Sendable {
    let path: String

    init(base: String, name: String) {
        // It may be a link to a larger disk; within it no link is followed.
        let resolved = realpath(base, nil)
        defer { free(resolved) }
        path = (resolved.map { String(cString: $0) } ?? base) + "/exhibit/\(name)"
    }

    /// Whether nobody else can change what is in the folder.
    var isOurs: Bool { Self.isOurs(path) && Self.isOurs(Self.parent(of: path)) }

    /// Makes it, where it is not there, in a folder of the same owner: what root runs leaves nothing in the home of another.
    ///
    /// - Returns: whether files can be written to it.
    func prepare() -> Bool {
        if isOurs { return true }
        var missing: [String] = []
        var folder = path
        while !folder.isEmpty, access(folder, F_OK) != 0 {
            missing.append(folder)
            folder = Self.parent(of: folder)
        }
        var status = stat()
        guard stat(folder, &status) == 0, status.st_uid == geteuid(), missing.count <= 4 else { return false }
        for folder in missing.reversed() { mkdir(folder, 0o700) }
        return isOurs
    }

    private static func parent(of path: String) -> String {
        String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }

    private static func isOurs(_ folder: String) -> Bool {
        var status = stat()
        return lstat(folder, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && isOurs(status)
    }

    private static func isOurs(_ status: stat) -> Bool {
        status.st_uid == geteuid() && status.st_mode & 0o022 == 0
    }

    // MARK: Files

    /// Opens a regular file of our own for reading, which nobody else can write; the caller closes it.
    static func open(_ path: String) -> Int32? {
        let descriptor = Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, isOurs(status) else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    /// The content of a file of our own; nil when there is none, or it has more than `most` bytes.
    static func bytes(of path: String, atMost most: Int) -> [UInt8]? {
        guard let descriptor = open(path) else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: most + 1)
        let count = read(descriptor, &bytes, bytes.count)
        return 0...most ~= count ? Array(bytes.prefix(count)) : nil
    }

    /// Writes a new file, to the disk.
    static func write(_ bytes: [UInt8], to path: String) -> Bool {
        let descriptor = Glibc.open(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
    }

    /// Where what will be at `path` is written first: a name that no other run has. What a kill leaves of it is deleted by ``prune``.
    static func draft(of path: String) -> String {
        "\(path).\(getpid()).\(counter.add(1, ordering: .relaxed).newValue)\(draftEnding)"
    }

    private static let draftEnding = ".part"
    private static let counter = Atomic<Int>(0)

    /// So that it is seen to be used.
    static func touch(_ path: String) {
        utimensat(AT_FDCWD, path, nil, AT_SYMLINK_NOFOLLOW)
    }

    /// Deletes what was left by a crash, and of what is too much what was not used for longest.
    ///
    /// - Parameters:
    ///   - files: how many may stay.
    ///   - bytes: how many all of them may have, on the disk.
    ///   - companion: how the name of a file ends that goes with another.
    ///   - counts: whether a file of that name is one of them.
    func prune(files most: Int, bytes mostBytes: Int64 = .max, companion: String? = nil, _ counts: (String) -> Bool) {
        guard let stream = opendir(path) else { return }
        defer { closedir(stream) }
        var files: [(path: String, bytes: Int64, used: Int)] = []
        let now = time(nil)
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            let isDraft = name.contains(Self.draftEnding)
            guard isDraft || counts(name) else { continue }
            let path = "\(path)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            if isDraft {
                if now - status.st_mtim.tv_sec > 3_600 { unlink(path) }
                continue
            }
            files.append((path, Int64(status.st_blocks) * 512, status.st_mtim.tv_sec))
        }
        files.sort { $0.used > $1.used }
        var bytes: Int64 = 0
        for (number, file) in files.enumerated() {
            bytes += file.bytes
            guard bytes > mostBytes || number >= most else { continue }
            unlink(file.path)
            if let companion { unlink(file.path + companion) }
        }
    }
}
