internal import Archive
internal import Cryptography

/// A file in the spool folder, written from front to back: as it is, or as an age file (section 7.2).
struct SpoolFile: ~Copyable {
    private let name: String
    private let folder: SpoolFolder
    private var output: OutputFile
    /// Nil when the file is as it is.
    private var encryptor: AgeEncryptor?
    /// Encrypted bytes that the disk did not take: at most a chunk.
    private var unwritten: [UInt8] = []
    /// What of it is safe, and whether from a power cut, too.
    private var kept: (bytes: UInt64, isSynced: Bool)?
    /// Bytes of content that were accepted.
    private(set) var written: UInt64 = 0

    init(_ output: consuming OutputFile, name: String, in folder: SpoolFolder, encryptor: consuming AgeEncryptor?) {
        self.output = output
        self.name = name
        self.folder = folder
        self.encryptor = encryptor
    }

    /// Appends content. After `noSpace`, `written` says how much of it was accepted.
    mutating func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        guard encryptor != nil else {
            defer { written = output.written }
            return try output.write(bytes)
        }
        try drain()
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(AgeLayout.chunkSize))
            do throws(CryptographyError) {
                try encryptor?.update(piece, appendingTo: &unwritten)
            } catch {
                throw ArchiveError(encrypting: error)
            }
            written += UInt64(piece.count)
            rest = rest.dropFirst(piece.count)
            try drain()
        }
    }

    mutating func write(_ bytes: [UInt8]) throws(ArchiveError) {
        try bytes.span.bytes.withUnsafeBytes { bytes throws(ArchiveError) in try write(bytes) }
    }

    /// Makes sure that nothing of it is lost if the process ends now; with `sync`, or the power.
    ///
    /// - Returns: false when there is no room for that.
    mutating func keep(sync: Bool) throws(ArchiveError) -> Bool {
        if let kept, kept.bytes == written, kept.isSynced || !sync { return true }
        do {
            try drain()
        } catch {
            guard error.code == .noSpace else { throw error }
            return false
        }
        if sync { try output.sync() }
        if let bytes = unsealed {
            let offset = written - UInt64(bytes.count)
            guard try folder.writeTail(bytes, from: offset, of: name, sync: sync) else { return false }
        }
        kept = (written, sync)
        return true
    }

    /// Content that is in no chunk of age yet; nil when the file is as it is.
    private var unsealed: [UInt8]? {
        switch encryptor {
        case .some(let encryptor): encryptor.withUnsealed { Array($0) }
        case .none: nil
        }
    }

    private var identity: AgeIdentity? {
        switch encryptor {
        case .some(let encryptor): encryptor.identity
        case .none: nil
        }
    }

    /// What was written, and behind it what is still in `memory`.
    func content(memory: [UInt8]) throws -> StoredContent {
        let file = try FileSource(path: folder.filePath(name))
        guard let unsealed, let identity else {
            return StoredContent(file: file, bytes: written, memory: memory)
        }
        let sealed = written - UInt64(unsealed.count)
        guard sealed > 0 else { return StoredContent(unsealed + memory) }
        let rest = unwritten
        let source = try AgeSource(name: file.name) {
            try AgeRandomAccessFile(remainsOfSize: file.size + UInt64(rest.count), identities: [identity]) {
                (offset, buffer) throws in
                guard offset >= file.size else {
                    let inFile = min(UInt64(buffer.count), file.size - offset)
                    return try file.read(
                        at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(inFile)]))
                }
                let piece = rest.dropFirst(Int(offset - file.size)).prefix(buffer.count)
                buffer.copyBytes(from: piece)
                return piece.count
            }
        }
        return StoredContent(file: source, bytes: sealed, memory: unsealed + memory)
    }

    private mutating func drain() throws(ArchiveError) {
        guard !unwritten.isEmpty else { return }
        let before = output.written
        do {
            try output.write(unwritten)
        } catch {
            unwritten.removeFirst(Int(output.written - before))
            throw error
        }
        unwritten.removeAll(keepingCapacity: true)
    }
}
