internal import BundleFormat
internal import Cryptography
internal import Glibc
internal import SQLite
internal import Synchronization

/// Databases of bundles that were opened before, as files that are named by the Seal ID.
///
/// What is kept was read from content whose digests are those that the seal is over: of a bundle that is damaged nothing is kept, nor of
/// one that is encrypted. Anything in the folder can be deleted at any time.
public struct DatabaseCache: Sendable {
    /// Its files are their owner's alone (mode 0600, in a folder of 0700).
    public let folder: String
    /// Of the program: what another one has kept is not read.
    private let mark: String

    /// More is deleted, what was not used for longest first.
    private static let mostBytes: Int64 = 8 << 30
    private static let mostFiles = 200

    /// - Parameters:
    ///   - folder: is made when it is needed.
    ///   - program: whatever changes when the program does.
    public init(folder: String, program: String) {
        self.folder = folder
        mark = String(SHA256.digest(of: Array("database 1 \(SQLDatabase.version) \(program)".utf8)).hex.prefix(16))
    }

    /// A file that is there already.
    func path(_ seal: SealID, _ part: String = "") -> String? {
        let path = name(seal, part)
        var status = stat()
        guard isOurs, lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid() else {
            return nil
        }
        // So that it is seen to be used.
        utimensat(AT_FDCWD, path, nil, AT_SYMLINK_NOFOLLOW)
        return path
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
            if !isKept.withLock({ $0 }) { unlink(path) }
        }

        /// Gives it its name, once it is on the disk.
        ///
        /// - Returns: its path then; nil when it cannot be kept.
        @discardableResult
        func keep() -> String? {
            let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            guard fsync(descriptor) == 0, rename(path, final) == 0 else { return nil }
            isKept.withLock { $0 = true }
            return final
        }
    }

    private static let counter = Atomic<Int>(0)

    private func name(_ seal: SealID, _ part: String) -> String {
        "\(folder)/\(seal)-\(mark)\(part.isEmpty ? "" : "-\(part)").sqlite"
    }

    /// Whether nobody else can change what is in the folder.
    private var isOurs: Bool {
        var status = stat()
        return lstat(folder, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid()
            && status.st_mode & 0o022 == 0
    }

    private func prepare() -> Bool {
        if !isOurs {
            var parts = folder.split(separator: "/", omittingEmptySubsequences: false)
            var missing: [String] = []
            while parts.count > 1, access(parts.joined(separator: "/"), F_OK) != 0 {
                missing.append(parts.joined(separator: "/"))
                parts.removeLast()
            }
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
            guard name.hasSuffix(".sqlite") || name.hasSuffix(".part") else { continue }
            let path = "\(folder)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            if name.hasSuffix(".part") {
                if now - status.st_mtim.tv_sec > 86_400 { unlink(path) }
                continue
            }
            files.append((path, Int64(status.st_blocks) * 512, status.st_mtim.tv_sec))
        }
        files.sort { $0.used > $1.used }
        var bytes: Int64 = 0
        for (number, file) in files.enumerated() {
            bytes += file.bytes
            if bytes > Self.mostBytes || number >= Self.mostFiles { unlink(file.path) }
        }
    }
}
