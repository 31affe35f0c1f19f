internal import Glibc

/// Who may put another file in the place of one.
enum PathExposure {
    /// Whether everybody may write the file at a path, or a directory on the way to it, so that anybody could have put it there:
    /// `/tmp`, `/dev/shm`. Nil if the path does not lead to that file, or cannot be walked.
    ///
    /// - Parameters:
    ///   - inode: which file it must be; nil for one that is deleted, of which only the directories count.
    ///   - root: where the path begins.
    static func isExposed(_ path: RawText, inode: UInt64?, beneath root: borrowing AnchoredDirectory) -> Bool? {
        let names = path.bytes.split(separator: UInt8(ascii: "/")).map { $0.map { CChar(bitPattern: $0) } + [0] }
        guard let last = names.last, names.count <= 256 else { return nil }
        return walk(names.dropLast(), last, inode, root)
    }

    private static func walk(
        _ folders: ArraySlice<[CChar]>, _ name: [CChar], _ inode: UInt64?, _ directory: borrowing AnchoredDirectory
    ) -> Bool? {
        guard let status = try? directory.descriptor.status() else { return nil }
        if status.st_mode & S_IWOTH != 0 { return true }
        if let first = folders.first {
            guard let inner = try? directory.directory(first) else { return nil }
            return walk(folders.dropFirst(), name, inode, inner)
        }
        guard let inode else { return false }
        guard let status = try? directory.status(name), UInt64(status.st_ino) == inode else { return nil }
        return status.st_mode & S_IWOTH != 0
    }
}
