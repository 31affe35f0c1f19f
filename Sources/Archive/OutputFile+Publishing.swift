import CFiles
import Glibc

extension OutputFile {
    /// Gives a finished file its name: atomic, never replaces anything, and on disk when it returns.
    ///
    /// - Throws: `exists` when there is something at `destination`; the file then keeps its old name.
    public static func publish(from source: String, to destination: String) throws(ArchiveError) {
        try rename(from: source, to: destination)
        try syncName(from: source, to: destination)
    }

    /// Puts on disk that a file has got another name.
    public static func syncName(from source: String, to destination: String) throws(ArchiveError) {
        try syncFolder(of: destination)
        if folder(of: source) != folder(of: destination) { try syncFolder(of: source) }
    }

    /// Puts a finished file in the place of another, or where nothing is: at every moment there is one of them.
    public static func replace(_ destination: String, with source: String) throws(ArchiveError) {
        guard Glibc.rename(source, destination) == 0 else {
            throw .failure(errno, doing: "renaming \(source) to", path: destination)
        }
    }

    /// Renames without replacing.
    public static func rename(from source: String, to destination: String) throws(ArchiveError) {
        if renameat2(AT_FDCWD, source, AT_FDCWD, destination, UInt32(RENAME_NOREPLACE)) == 0 { return }
        // File systems without RENAME_NOREPLACE say EINVAL; a hard link is as atomic and refuses an existing name too.
        guard errno == EINVAL || errno == ENOSYS else {
            throw .failure(errno, doing: "renaming \(source) to", path: destination)
        }
        guard link(source, destination) == 0 else {
            throw .failure(errno, doing: "linking \(source) to", path: destination)
        }
        guard unlink(source) == 0 else { throw .failure(errno, doing: "removing", path: source) }
    }

    /// Puts the folder entry of a file on disk, so that its name survives a power cut.
    public static func syncFolder(of path: String) throws(ArchiveError) {
        let folder = Self.folder(of: path)
        let descriptor = retrying { open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw .failure(errno, doing: "opening the folder", path: folder) }
        defer { Glibc.close(descriptor) }
        // Some network file systems cannot sync a folder and say EINVAL; they have done what they can.
        guard retrying({ fsync(descriptor) }) == 0 || errno == EINVAL else {
            throw .failure(errno, doing: "syncing the folder", path: folder)
        }
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
