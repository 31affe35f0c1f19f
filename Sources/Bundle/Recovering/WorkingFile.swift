internal import Archive
internal import Glibc

/// The file that a recovery writes until it is known to be right: `OUT.recovering`, and `OUT.recovering.d/` beside it.
///
/// Its lock tells a recovery that is under way from one that was killed, whose remains are removed: the next one starts
/// again from the original.
struct WorkingFile: ~Copyable {
    private static let doing = "recovering"
    /// What a writer makes in a spool folder.
    private static let spools = [
        "index", "ledger", "custody", "custody.tail", "custody.tail.new", SpoolFolder.identity,
    ]

    let path: String
    private let lock: FileLock

    /// - Parameter output: where the bundle is to be in the end.
    /// - Throws: `inUse`, `writeFailed`, `noSpace`.
    init(output: String) throws(BundleError) {
        path = output + ".recovering"
        lock = try Self.create(path, attempts: 3)
    }

    /// To write it with.
    func output() throws(BundleError) -> OutputFile {
        let descriptor = lock.duplicate()
        guard descriptor >= 0 else { throw Self.failure(errno, path) }
        return OutputFile(adopting: descriptor, name: path)
    }

    /// Removes what there is of it.
    func remove() {
        guard lock.isHeld(at: path) else { return }
        Self.removeFolder(path + ".d")
        unlink(path)
    }

    private static func create(_ path: String, attempts: Int) throws(BundleError) -> FileLock {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            let lock = try FileLock(owning: descriptor, path: path, doing: doing)
            // Between creating and locking it may have been taken for a remnant.
            if lock.isHeld(at: path) {
                // Of a recovery that was killed when the file had its name already.
                removeFolder(path + ".d")
                return lock
            }
        } else if errno == EEXIST {
            try removeRemnant(path)
        } else {
            throw failure(errno, path)
        }
        guard attempts > 1 else {
            throw BundleError(
                code: .inUse, doing: doing, subject: path, reason: "somebody else makes it again and again")
        }
        return try create(path, attempts: attempts - 1)
    }

    private static func removeRemnant(_ path: String) throws(BundleError) {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { return }
        guard descriptor >= 0 else { throw failure(errno, path) }
        let lock = try FileLock(owning: descriptor, path: path, doing: doing)
        guard lock.isHeld(at: path) else { return }
        guard unlink(path) == 0 || errno == ENOENT else { throw failure(errno, path) }
    }

    private static func removeFolder(_ path: String) {
        guard let (parent, name) = try? FolderRoot.parent(of: path), let folder = try? parent.folder(name) else {
            return
        }
        for spool in spools { folder.remove([spool[...]]) }
        rmdir(path)
    }

    private static func failure(_ number: Int32, _ path: String) -> BundleError {
        BundleError(.failure(number, doing: doing, path: path))
    }
}
