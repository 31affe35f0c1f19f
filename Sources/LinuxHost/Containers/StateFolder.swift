internal import Glibc
internal import StructuredText

/// A folder of a runtime's own state: one that only root can have written into.
///
/// What is read here decides what a container is called and which process is its first. A folder, or a file, that is not root's or
/// that others may write into could have been put there by anybody, and is refused.
struct StateFolder: ~Copyable {
    private let directory: AnchoredDirectory

    private init(_ directory: consuming AnchoredDirectory) {
        self.directory = directory
    }

    /// Opens a folder of the host, one component at a time, without following a link in any of them.
    ///
    /// - Parameters:
    ///   - path: absolute, from the host's root.
    ///   - root: where the host's root directory is.
    static func open(_ path: String, root: String) throws(HostError) -> StateFolder {
        var folder = try AnchoredDirectory.open(root)
        let names = path.split(separator: "/").map(String.init)
        for (index, name) in names.enumerated() {
            folder = try folder.directory(name)
            // In a sticky folder, as /tmp, nobody can take away or rename what is root's.
            let status = try folder.descriptor.status()
            let isSafe = status.st_mode & S_ISVTX != 0 && index < names.count - 1 && status.st_uid == 0
            if !isSafe { try check(status, RawText(folder.path)) }
        }
        return StateFolder(folder)
    }

    func folder(_ name: String) throws(HostError) -> StateFolder {
        let inner = try directory.directory(name)
        try Self.check(try inner.descriptor.status(), RawText(inner.path))
        return StateFolder(inner)
    }

    private static func check(_ status: stat, _ path: RawText) throws(HostError) {
        guard status.st_uid == 0, status.st_mode & 0o022 == 0 else {
            throw HostError(
                .untrusted, "open", path,
                reason: "others than root could have written it (owner \(status.st_uid), "
                    + "mode \(String(status.st_mode & 0o7777, radix: 8)))")
        }
    }

    /// The names of entries, at most `limit`, sorted.
    ///
    /// - Returns: whether there are more, too.
    func names(limit: Int) throws(HostError) -> (names: [String], isCut: Bool) {
        var names: [String] = []
        var isCut = false
        do {
            try directory.forEachEntry { name, _ in
                guard names.count < limit else {
                    isCut = true
                    return false
                }
                // A runtime gives no other names than text.
                if let text = String(validatingCString: name) { names.append(text) }
                return true
            }
        } catch {
            switch error {
            case .listing(let failure): throw failure
            }
        }
        return (names.sorted(), isCut)
    }

    /// The bytes of a regular file, of which there may be no more than `limit`.
    func contents(_ name: String, limit: Int) throws(HostError) -> [UInt8] {
        let file = try directory.regularFile(name)
        let path = directory.path(of: name)
        let status = try file.status()
        try Self.check(status, path)
        // By its size before it is read: a sparse file of a terabyte costs nothing.
        guard status.st_size <= limit else {
            throw HostError(
                .limitReached, "read", path,
                reason: "it has \(status.st_size) bytes, and more than \(limit) are not read")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size) + 1)
        var count = 0
        while count < bytes.count {
            let start = count
            let result = bytes.withUnsafeMutableBytes { buffer in
                SystemRead.read(
                    file.rawValue, into: UnsafeMutableRawBufferPointer(rebasing: buffer[start...]), path: path)
            }
            let got = try result.get()
            if got == 0 { break }
            count += got
        }
        guard count <= Int(status.st_size) else {
            throw HostError(.replaced, "read", path, reason: "it grew while it was read")
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// A JSON text.
    func json(_ name: String, limit: Int = StateFolder.mostBytes) throws(HostError) -> JSONValue {
        let bytes = try contents(name, limit: limit)
        do {
            return try JSONValue(parsing: bytes, limits: JSONLimits(depth: 64, bytes: limit))
        } catch {
            throw HostError(.malformed, "parse", directory.path(of: name), reason: "\(error)")
        }
    }

    /// Of one container: an API server keeps 1.5 MiB of a pod at most.
    static let mostBytes = 4 << 20

    /// The number in a file that has nothing else in it.
    func pid(_ name: String) throws(HostError) -> Int32? {
        let bytes = try contents(name, limit: 64)
        var cursor = FieldCursor(0..<bytes.count)
        return cursor.decimal(bytes.span).flatMap(Int32.init(exactly:)).flatMap { $0 > 0 ? $0 : nil }
    }
}
