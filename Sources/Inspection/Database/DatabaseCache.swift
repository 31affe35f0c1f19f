internal import BundleFormat
internal import Cryptography
internal import Glibc
internal import SQLite
internal import Synchronization

/// Databases of bundles that were opened before, as files that are named by the Seal ID.
///
/// What is kept was read from content whose digests are those that the seal is over: where any of that is damaged nothing is kept, nor
/// of a bundle that is encrypted. Anything in the folder can be deleted at any time.
public struct DatabaseCache: Sendable {
    /// Its files are their owner's alone (mode 0600, in a folder of 0700).
    let folder: String
    /// Of the program: what another one has kept is not read.
    private let mark: String

    /// More is deleted, what was not used for longest first.
    private static let mostBytes: Int64 = 8 << 30
    private static let mostFiles = 200

    /// - Parameters:
    ///   - base: the folder for caches of all programs, `exhibit/tables` in it is ours. Each is made when it is needed, in a folder of the
    ///     same owner: what root runs leaves nothing in the home of another.
    ///   - program: whatever changes when the program does.
    public init(base: String, program: String) {
        // It may be a link to a larger disk; within it no link is followed.
        let resolved = realpath(base, nil)
        defer { free(resolved) }
        folder = (resolved.map { String(cString: $0) } ?? base) + "/exhibit/tables"
        mark = String(SHA256.digest(of: Array("database 2 \(SQLDatabase.version) \(program)".utf8)).hex.prefix(16))
    }

    /// A file that is there already, and is as it was written.
    func path(_ seal: SealID, _ part: String = "") -> String? {
        let path = name(seal, part)
        guard isOurs, let digest = Self.digest(of: path) else { return nil }
        guard let sum = try? Self.read(path + Self.sumEnding), sum == Array(digest.utf8) else {
            // It was damaged, or a power cut has torn it.
            unlink(path)
            unlink(path + Self.sumEnding)
            return nil
        }
        // So that it is seen to be used.
        utimensat(AT_FDCWD, path, nil, AT_SYMLINK_NOFOLLOW)
        return path
    }

    private static let sumEnding = ".sha256"

    private static func read(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw SQLError(.file, path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return Array(bytes.prefix(max(count, 0)))
    }

    /// SHA-256 of a file of our own, in hex; nil when there is none.
    private static func digest(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid() else {
            return nil
        }
        var hash = SHA256()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count < 0 { return nil }
            if count == 0 { return hash.finalize().hex }
            hash.update(UnsafeRawBufferPointer(rebasing: buffer[0..<count]))
        }
    }

    /// A new, empty file that is to be filled; nil when there can be none.
    func begin(_ seal: SealID, _ part: String = "") -> Draft? {
        guard prepare() else { return nil }
        let path = name(seal, part)
        let draft = "\(path).\(getpid()).\(Self.counter.add(1, ordering: .relaxed).newValue).part"
        let descriptor = open(draft, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        close(descriptor)
        return Draft(draft, path)
    }

    /// A file until it is whole.
    final class Draft: Sendable {
        let path: String
        private let final: String
        private let isKept = Mutex(false)

        init(_ path: String, _ final: String) {
            self.path = path
            self.final = final
        }

        deinit {
            guard !isKept.withLock({ $0 }) else { return }
            unlink(path)
            unlink(path + DatabaseCache.sumEnding)
        }

        /// Gives it its name, once it is on the disk.
        ///
        /// - Returns: its path then; nil when it cannot be kept.
        @discardableResult
        func keep() -> String? {
            let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            guard fsync(descriptor) == 0, let digest = DatabaseCache.digest(of: path),
                DatabaseCache.write(digest, to: path + DatabaseCache.sumEnding)
            else { return nil }
            // First the sum: a file that is not as it says is none.
            guard rename(path + DatabaseCache.sumEnding, final + DatabaseCache.sumEnding) == 0, rename(path, final) == 0
            else { return nil }
            isKept.withLock { $0 = true }
            return final
        }
    }

    private static func write(_ text: String, to path: String) -> Bool {
        let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        return Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
    }

    private static let counter = Atomic<Int>(0)

    private func name(_ seal: SealID, _ part: String) -> String {
        "\(folder)/\(seal)-\(mark)\(part.isEmpty ? "" : "-\(part)").sqlite"
    }

    /// Whether nobody else can change what is in the folder.
    private var isOurs: Bool { Self.isOurs(folder) && Self.isOurs(Self.parent(of: folder)) }

    private static func parent(of path: String) -> String {
        String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }

    private static func isOurs(_ folder: String) -> Bool {
        var status = stat()
        return lstat(folder, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid()
            && status.st_mode & 0o022 == 0
    }

    private func prepare() -> Bool {
        if !isOurs {
            var missing: [String] = []
            var folder = folder
            while !folder.isEmpty, access(folder, F_OK) != 0 {
                missing.append(folder)
                folder = Self.parent(of: folder)
            }
            var status = stat()
            guard stat(folder, &status) == 0, status.st_uid == geteuid(), missing.count <= 4 else { return false }
            for folder in missing.reversed() { mkdir(folder, 0o700) }
            guard isOurs else { return false }
        }
        prune()
        return true
    }

    /// Deletes what was left by a crash, and of what is too much what was not used for longest.
    private func prune() {
        guard let stream = opendir(folder) else { return }
        defer { closedir(stream) }
        var files: [(path: String, bytes: Int64, used: Int)] = []
        let now = time(nil)
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasSuffix(".sqlite") || name.contains(".part") else { continue }
            let path = "\(folder)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            if name.contains(".part") {
                if now - status.st_mtim.tv_sec > 3_600 { unlink(path) }
                continue
            }
            files.append((path, Int64(status.st_blocks) * 512, status.st_mtim.tv_sec))
        }
        files.sort { $0.used > $1.used }
        var bytes: Int64 = 0
        for (number, file) in files.enumerated() {
            bytes += file.bytes
            if bytes > Self.mostBytes || number >= Self.mostFiles {
                unlink(file.path)
                unlink(file.path + Self.sumEnding)
            }
        }
    }
}
