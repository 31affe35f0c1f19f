internal import Glibc

/// A regular file of this machine, read whole, and whether somebody else could have changed it.
public struct LocalFile: Hashable, Sendable {
    public let path: String
    public let bytes: [UInt8]
    /// Why what is in it should not be relied on: it or its folder belongs to somebody else than this user and root, or
    /// can be written to by others. Nil when all is well.
    public let objection: ConfigurationError?

    /// Reads at most `limit` bytes. Whose it is and who may write is asked through what was opened, not by name.
    ///
    /// - Throws: ``ConfigurationError`` when it cannot be read, is no regular file, or is larger.
    public init(path: String, limit: Int) throws(ConfigurationError) {
        func refusal(_ reason: String) -> ConfigurationError {
            ConfigurationError(file: path, line: nil, reason: reason)
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let parent = parts.dropLast().joined(separator: "/")
        let folder = open(
            parent.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw refusal("its folder cannot be opened: \(String(cString: strerror(errno)))") }
        defer { close(folder) }
        let file = openat(folder, String(parts.last ?? ""), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else { throw refusal("it cannot be opened: \(String(cString: strerror(errno)))") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw refusal("it is not a regular file")
        }
        let size = Int(status.st_size)
        let objection = Self.objection(status, path, "it")
        guard fstat(folder, &status) == 0 else { throw refusal("its folder cannot be looked at") }
        self.objection = objection ?? Self.objection(status, path, "its folder")
        guard size <= limit else { throw refusal("it has \(size) bytes, more than \(limit)") }
        var bytes = [UInt8](repeating: 0, count: size)
        var filled = 0
        while filled < size {
            let count = bytes.withUnsafeMutableBytes {
                read(file, UnsafeMutableRawBufferPointer(rebasing: $0[filled...]).baseAddress, size - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw refusal("it cannot be read: \(String(cString: strerror(errno)))") }
            if count == 0 { break }
            filled += count
        }
        self.path = path
        self.bytes = Array(bytes[..<filled])
    }

    private static func objection(_ status: stat, _ path: String, _ what: String) -> ConfigurationError? {
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            return ConfigurationError(
                file: path, line: nil, reason: "\(what) belongs to somebody else (user \(status.st_uid))",
                advice: "whoever can change it decides whom this program believes")
        }
        // In a folder like /tmp nobody can replace what is somebody else's.
        let isSticky = status.st_mode & S_IFMT == S_IFDIR && status.st_mode & S_ISVTX != 0
        guard status.st_mode & 0o022 == 0 || isSticky else {
            return ConfigurationError(
                file: path, line: nil, reason: "others can write to \(what)", advice: "take that away: chmod go-w")
        }
        return nil
    }
}
