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
    private let folder: CacheFolder
    /// Of the program: what another one has kept is not read.
    private let mark: String

    /// More is deleted, what was not used for longest first.
    private static let mostBytes: Int64 = 8 << 30
    private static let mostFiles = 200

    /// - Parameters:
    ///   - base: the folder for caches of all programs; `exhibit/tables` in it is ours.
    ///   - program: whatever changes when the program does.
    public init(base: String, program: String) {
        folder = CacheFolder(base: base, name: "tables")
        mark = String(SHA256.digest(of: Array("database 2 \(SQLDatabase.version) \(program)".utf8)).hex.prefix(16))
    }

    /// A file that is there already, and is as it was written.
    func path(_ seal: SealID, _ part: String = "") -> String? {
        let path = name(seal, part)
        guard folder.isOurs, let digest = Self.digest(of: path) else { return nil }
        guard CacheFolder.bytes(of: path + Self.sumEnding, atMost: digest.utf8.count) == Array(digest.utf8) else {
            // It was damaged, or a power cut has torn it.
            unlink(path)
            unlink(path + Self.sumEnding)
            return nil
        }
        CacheFolder.touch(path)
        return path
    }

    private static let sumEnding = ".sha256"

    /// SHA-256 of a file of our own, in hex; nil when there is none.
    private static func digest(of path: String) -> String? {
        guard let descriptor = CacheFolder.open(path) else { return nil }
        defer { close(descriptor) }
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
        guard folder.prepare() else { return nil }
        folder.prune(files: Self.mostFiles, bytes: Self.mostBytes, companion: Self.sumEnding) {
            $0.hasSuffix(".sqlite")
        }
        let path = name(seal, part), draft = CacheFolder.draft(of: path)
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
                CacheFolder.write(Array(digest.utf8), to: path + DatabaseCache.sumEnding)
            else { return nil }
            // First the sum: a file that is not as it says is none.
            guard rename(path + DatabaseCache.sumEnding, final + DatabaseCache.sumEnding) == 0, rename(path, final) == 0
            else { return nil }
            isKept.withLock { $0 = true }
            return final
        }
    }

    private func name(_ seal: SealID, _ part: String) -> String {
        "\(folder.path)/\(seal)-\(mark)\(part.isEmpty ? "" : "-\(part)").sqlite"
    }
}
