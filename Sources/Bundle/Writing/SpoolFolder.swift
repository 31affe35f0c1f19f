internal import Archive
internal import Cryptography
internal import Glibc
internal import Synchronization

/// `BUNDLE.partial.d/`: made when the first file in it is needed, removed when the bundle is sealed (section 7.2).
final class SpoolFolder: Sendable {
    /// Whose `NAME.tail` holds what the archive has in no chunk yet.
    static let archive = "archive"
    /// The key of the run, for whoever has the passphrase.
    static let identity = "work-identity.age"

    let path: String
    private let encryption: SpoolEncryption?
    private struct State {
        var isMade = false
        /// For good: whoever still writes then, writes for nothing.
        var isRemoved = false
        /// What was made in it.
        var names: Set<String> = []
    }

    private let state = Mutex(State())
    /// The number of the checkpoint under way, or of the last one.
    let checkpoint = Atomic<UInt64>(0)

    init(path: String, encryption: SpoolEncryption? = nil) {
        self.path = path
        self.encryption = encryption
    }

    /// Creates a file in it.
    func create(_ name: String) throws(ArchiveError) -> SpoolFile {
        guard let encryption else { return SpoolFile(try createAsIs(name), name: name, in: self, encryptor: nil) }
        let encryptor: AgeEncryptor
        do throws(CryptographyError) {
            encryptor = try AgeEncryptor(recipients: encryption.recipients)
        } catch {
            throw ArchiveError(encrypting: error)
        }
        return SpoolFile(try createAsIs(name), name: name, in: self, encryptor: encryptor)
    }

    /// Puts what the file `name` has in no chunk, from `offset` of its plaintext on, in the place of the tail that it had.
    ///
    /// - Returns: false when there is no room for it; then that stays.
    func writeTail(_ bytes: [UInt8], from offset: UInt64, of name: String, sync: Bool) throws(ArchiveError) -> Bool {
        let tail = AgeTail(
            checkpoint: checkpoint.load(ordering: .relaxed), name: name, offset: offset, bytes: bytes)
        let final = name + Self.tailSuffix, new = final + Self.newSuffix
        do {
            try write(try encrypted(tail.encoded()), to: new, sync: sync)
        } catch {
            unlink(filePath(new))
            guard error.code == .noSpace else { throw error }
            return false
        }
        note(final)
        try OutputFile.replace(filePath(final), with: filePath(new))
        return true
    }

    private func encrypted(_ bytes: [UInt8]) throws(ArchiveError) -> [UInt8] {
        do throws(CryptographyError) {
            return try AgeEncryptor.encrypt(bytes, to: encryption?.recipients ?? [])
        } catch {
            throw ArchiveError(encrypting: error)
        }
    }

    private func createAsIs(_ name: String) throws(ArchiveError) -> OutputFile {
        try make()
        note(name)
        return try OutputFile(creating: filePath(name))
    }

    private func note(_ name: String) {
        state.withLock { _ = $0.names.insert(name) }
    }

    private func make() throws(ArchiveError) {
        try state.withLock { state throws(ArchiveError) in
            if state.isMade { return }
            guard !state.isRemoved else {
                throw ArchiveError(
                    .writeFailed, doing: "spooling", subject: path, reason: "the bundle is finished or was given up")
            }
            guard mkdir(path, 0o700) == 0 else {
                throw ArchiveError.failure(errno, doing: "creating the folder", path: path)
            }
            guard let encryption else {
                state.isMade = true
                return
            }
            do throws(ArchiveError) {
                try write(encryption.identityFile, file: try OutputFile(creating: filePath(Self.identity)), sync: true)
                try OutputFile.syncFolder(of: filePath(Self.identity))
            } catch {
                // Without it nothing here can be read again: the next one that needs the folder tries anew.
                unlink(filePath(Self.identity))
                rmdir(path)
                throw error
            }
            state.isMade = true
            state.names.insert(Self.identity)
        }
    }

    private func write(_ bytes: [UInt8], to name: String, sync: Bool) throws(ArchiveError) {
        try write(bytes, file: try createAsIs(name), sync: sync)
    }

    private func write(_ bytes: [UInt8], file: consuming OutputFile, sync: Bool) throws(ArchiveError) {
        var file = file
        try file.write(bytes)
        if sync { try file.sync() }
        try file.close()
    }

    enum Appended {
        case all
        /// The disk is full; what it did not take is still in the buffer.
        case full
    }

    /// Moves what is in the buffer to the end of a file, which is created if there is none.
    func append(buffer: inout [UInt8], to file: inout SpoolFile?, name: String) throws(ArchiveError) -> Appended {
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
        for name in [name, name + Self.tailSuffix] where forget(name) { unlink(filePath(name)) }
    }

    static let tailSuffix = ".tail"
    /// What a tail is called until it is whole.
    static let newSuffix = ".new"

    private func forget(_ name: String) -> Bool {
        state.withLock { $0.names.remove(name) != nil }
    }

    /// Removes what was made here and the folder, for good. What someone else put into it keeps it.
    func removeAll() {
        let names = state.withLock { state -> Set<String>? in
            defer { state = State(isRemoved: true) }
            return state.isMade ? state.names : nil
        }
        guard let names else { return }
        for name in names { unlink(filePath(name)) }
        rmdir(path)
    }
}
