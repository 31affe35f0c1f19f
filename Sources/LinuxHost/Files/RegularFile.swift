internal import Glibc

/// Opens regular files, and nothing else, for reading.
public enum RegularFile {
    /// Opens the file at a path beneath `root`, one component at a time and without following a link in any of them.
    ///
    /// - Parameters:
    ///   - path: an absolute path, as a record of this module gives it; `root` comes before it.
    ///   - root: the directory that the path begins at; itself opened as it is, links followed.
    ///   - identity: the file it must be, if known.
    /// - Throws: ``HostError``: a link or another type of file in the way, another file than expected, no permission,
    /// gone.
    public static func open(
        _ path: RawText, root: String = "/", expecting identity: FileIdentity? = nil
    ) throws(HostError) -> OwnedDescriptor {
        let names = path.bytes.split(separator: UInt8(ascii: "/")).map(Array.init)
        guard let last = names.last else {
            throw HostError(.unexpectedType, "open", path, reason: "the root is not a regular file")
        }
        let anchor = try AnchoredDirectory.open(root)
        return try open(names.dropLast(), last, in: anchor, identity)
    }

    private static func open(
        _ folders: ArraySlice<[UInt8]>, _ name: [UInt8], in directory: borrowing AnchoredDirectory,
        _ identity: FileIdentity?
    ) throws(HostError) -> OwnedDescriptor {
        guard let first = folders.first else {
            return try directory.regularFile(name.map { CChar(bitPattern: $0) } + [0], expecting: identity)
        }
        let inner = try directory.directory(first.map { CChar(bitPattern: $0) } + [0])
        return try open(folders.dropFirst(), name, in: inner, identity)
    }

    /// Opens a regular file of a directory: its type is looked at before the open, because the open of a FIFO or a
    /// device has effects, and its identity after it, because the name may have changed hands in between.
    package static func open(
        _ name: [UInt8], in directory: Int32, path: RawText, pid: Int32?, expecting identity: FileIdentity?
    ) throws(HostError) -> OwnedDescriptor {
        try open(name.map { CChar(bitPattern: $0) } + [0], at: directory, pid: pid, expecting: identity) { path }
    }

    /// The same for a terminated name; `path` is asked for only on failure.
    package static func open(
        _ name: UnsafePointer<CChar>, at directory: Int32, pid: Int32?, expecting identity: FileIdentity?,
        path: () -> RawText
    ) throws(HostError) -> OwnedDescriptor {
        var before = stat()
        guard fstatat(directory, name, &before, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw HostError(errno: errno, "stat", path(), pid: pid)
        }
        let kind = FileKind(mode: before.st_mode)
        guard kind == .regular else {
            throw HostError(
                .unexpectedType, "open", path(), pid: pid, reason: "a \(kind.rawValue), not a regular file")
        }
        let number = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard number >= 0 else { throw HostError(errno: errno, "open", path(), pid: pid) }
        let file = OwnedDescriptor(owning: number)
        let after = FileIdentity(try file.status())
        guard after == FileIdentity(before), identity == nil || identity == after else {
            throw HostError(.replaced, "open", path(), pid: pid, reason: "another file has taken this name meanwhile")
        }
        return file
    }
}
