internal import Archive
internal import Glibc

/// A folder that is only ever entered through its descriptor: nothing below it can lead out.
///
/// Each component is opened by itself with O_NOFOLLOW, which refuses links of every kind at every level, on any kernel
/// and file system (openat2(2) with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS says the same in one call, where there is
/// one).
package final class FolderRoot: Sendable {
    /// For messages.
    package let path: String
    private let descriptor: Int32

    /// Opens a folder that the caller named; links in that name are the caller's own.
    package init(path: String) throws(BundleError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(errno, .readFailed, doing: "opening a folder", path) }
    }

    private init(path: String, owning descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// The folder that something is in, and its name there.
    static func parent(of path: String) throws(BundleError) -> (FolderRoot, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (try FolderRoot(path: "."), path) }
        let parent = slash == path.startIndex ? "/" : String(path[..<slash])
        return (try FolderRoot(path: parent), String(path[path.utf8.index(after: slash)...]))
    }

    /// The folder `name` directly in this one.
    package func folder(_ name: String) throws(BundleError) -> FolderRoot {
        let inner = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard inner >= 0 else { throw Self.failure(errno, .readFailed, doing: "opening a folder", "\(path)/\(name)") }
        return FolderRoot(path: "\(path)/\(name)", owning: inner)
    }

    /// Opens a regular file below.
    package func file(_ components: [Substring]) throws(BundleError) -> FolderFile {
        let parent = try walk(components.dropLast(), creating: false)
        let full = ([path] + components.map(String.init)).joined(separator: "/")
        guard let name = components.last.map(String.init) else {
            throw BundleError(code: .readFailed, doing: "opening a file", subject: full, reason: "it has no name")
        }
        // O_NONBLOCK: opening a FIFO must not hang.
        let file = openat(
            parent.descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard file >= 0 else { throw Self.failure(errno, .readFailed, doing: "opening a file", full) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(file)
            throw BundleError(
                code: .damaged, doing: "opening a file", subject: full, reason: "it is not a regular file")
        }
        return FolderFile(owning: file, name: full, size: UInt64(status.st_size))
    }

    /// Creates a file of mode 0600 below, and the folders on the way with mode 0700. Nothing is ever replaced.
    func create(_ components: [Substring]) throws(BundleError) -> OutputFile {
        let parent = try walk(components.dropLast(), creating: true)
        let full = ([path] + components.map(String.init)).joined(separator: "/")
        let name = components.last.map(String.init) ?? ""
        let file = openat(parent.descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.failure(errno, .writeFailed, doing: "creating a file", full) }
        return OutputFile(adopting: file, name: full)
    }

    /// Removes a file that was created here; that it cannot be is not an error.
    func remove(_ components: [Substring]) {
        guard let name = components.last, let parent = try? walk(components.dropLast(), creating: false) else { return }
        unlinkat(parent.descriptor, String(name), 0)
    }

    /// Creates the folder `name` directly in this one, mode 0700.
    func createFolder(_ name: String) throws(BundleError) -> FolderRoot {
        guard mkdirat(descriptor, name, 0o700) == 0 else {
            throw Self.failure(errno, .writeFailed, doing: "creating a folder", "\(path)/\(name)")
        }
        return try folder(name)
    }

    /// The names in this folder, `.` and `..` left out, sorted.
    ///
    /// - Parameter limit: throws `tooLarge` when there are more.
    func names(limit: Int) throws(BundleError) -> [(name: [UInt8], isFolder: Bool)] {
        try contents(limit: limit).map { ($0.name, $0.kind == .folder) }
    }

    /// Something in a folder, as lstat(2) describes it.
    package struct Content: Sendable {
        package let name: [UInt8]
        package let kind: Kind
        /// In bytes, of a file.
        package let size: UInt64

        package enum Kind: Sendable {
            case file, folder, symbolicLink, other
        }
    }

    /// What is in this folder, `.` and `..` left out, sorted by name. Nothing is opened or followed.
    ///
    /// - Parameter limit: throws `tooLarge` when there is more.
    package func contents(limit: Int) throws(BundleError) -> [Content] {
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else {
            throw Self.failure(errno, .readFailed, doing: "listing a folder", path)
        }
        defer { closedir(stream) }
        var contents: [Content] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name == [0x2E] || name == [0x2E, 0x2E] { continue }
            guard contents.count < limit else {
                throw BundleError(
                    code: .tooLarge, doing: "listing a folder", subject: path, reason: "it has more than \(limit) files"
                )
            }
            contents.append(content(name))
        }
        return contents.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    private func content(_ name: [UInt8]) -> Content {
        var status = stat()
        let isKnown = (name + [0]).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { fstatat(descriptor, $0, &status, AT_SYMLINK_NOFOLLOW) == 0 } ?? false
            }
        }
        guard isKnown else { return Content(name: name, kind: .other, size: 0) }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: Content(name: name, kind: .file, size: UInt64(max(status.st_size, 0)))
        case S_IFDIR: Content(name: name, kind: .folder, size: 0)
        case S_IFLNK: Content(name: name, kind: .symbolicLink, size: 0)
        default: Content(name: name, kind: .other, size: 0)
        }
    }

    private func walk(_ components: ArraySlice<Substring>, creating: Bool) throws(BundleError) -> FolderRoot {
        var current = self
        for component in components {
            let name = String(component)
            if creating, mkdirat(current.descriptor, name, 0o700) != 0, errno != EEXIST {
                throw Self.failure(errno, .writeFailed, doing: "creating a folder", "\(current.path)/\(name)")
            }
            current = try current.folder(name)
        }
        return current
    }

    private static func failure(
        _ number: Int32, _ code: BundleError.Code, doing: String, _ path: String
    ) -> BundleError {
        let isLink = number == ELOOP || number == EMLINK
        let codes: [Int32: BundleError.Code] = [
            EEXIST: .exists, ENOSPC: .noSpace, EDQUOT: .noSpace, ENOENT: .noSuchEntry, ELOOP: .damaged,
        ]
        return BundleError(
            code: codes[number] ?? code, doing: doing, subject: path,
            reason: isLink ? "it is a symbolic link, which a bundle cannot have" : String(cString: strerror(number)))
    }
}
