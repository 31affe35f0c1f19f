internal import Archive
internal import Glibc
internal import Synchronization

/// `BUNDLE.partial.d/`: made when the first file in it is needed, removed when the bundle is sealed (section 7.2).
final class SpoolFolder: Sendable {
    let path: String
    private let files = Mutex<Set<String>?>(nil)

    init(path: String) {
        self.path = path
    }

    /// Creates a file in it.
    func create(_ name: String) throws(ArchiveError) -> OutputFile {
        try files.withLock { files throws(ArchiveError) in
            if files == nil {
                guard mkdir(path, 0o700) == 0 else {
                    throw ArchiveError.failure(errno, doing: "creating the folder", path: path)
                }
                files = []
            }
            _ = files?.insert(name)
        }
        return try OutputFile(creating: filePath(name))
    }

    enum Appended {
        case all
        /// The disk is full; what it did not take is still in the buffer.
        case full
    }

    /// Moves what is in the buffer to the end of a file, which is created if there is none.
    func append(buffer: inout [UInt8], to file: inout OutputFile?, name: String) throws(ArchiveError) -> Appended {
        let before = file?.written ?? 0
        do {
            if file == nil { file = try create(name) }
            try file?.write(buffer)
        } catch {
            guard error.code == .noSpace else { throw error }
            buffer.removeFirst(Int((file?.written ?? 0) - before))
            return .full
        }
        buffer.removeAll(keepingCapacity: true)
        return .all
    }

    func filePath(_ name: String) -> String { "\(path)/\(name)" }

    func remove(_ name: String) {
        files.withLock { _ = $0?.remove(name) }
        unlink(filePath(name))
    }

    /// Removes what was made here and the folder. What someone else put into it keeps it.
    func removeAll() {
        let names = files.withLock { files in
            defer { files = nil }
            return files
        }
        guard let names else { return }
        for name in names { unlink(filePath(name)) }
        rmdir(path)
    }
}
