internal import Archive
public import BundleFormat
public import Cryptography

/// Reads a sealed bundle, as a file or unpacked, without judging it: that is what ``Verifier`` is for.
///
/// Everything in it is taken as hostile. Content that is handed out is compared with the index, whose truth only the
/// verifier can vouch for. Memory is bounded by a frame of the container and a line.
public final class BundleReader: Sendable {
    /// File or folder.
    public let path: String
    public let opening: OpeningRecord
    /// False when the file's tail is damaged, or for a folder: then the index is found by reading from the front.
    public let hasLocator: Bool

    let source: BundleSource

    /// Whether it takes an identity to read it.
    public var isEncrypted: Bool {
        if case .file(_, let isEncrypted) = source { isEncrypted } else { false }
    }

    private var isFolder: Bool {
        if case .folder = source { true } else { false }
    }

    /// Opens a bundle and reads its opening record.
    ///
    /// - Parameter identities: what opens the file if it is encrypted. No plaintext touches the disk.
    /// - Throws: ``BundleError``: `notABundle`, `readFailed`, `unsupported`, `damaged`, `truncated`, `cannotDecrypt`.
    public init(path: String, identities: [AgeIdentity] = []) async throws {
        self.path = path
        source = try BundleSource(path: path, identities: identities)
        switch source {
        case .file(let reader, _):
            hasLocator = reader.locator != nil
            opening = try await Self.opening(reader)
        case .folder(let folder):
            hasLocator = false
            opening = try await Self.opening(folder)
        }
    }

    // MARK: The index

    /// Hands out the index, line by line, in archive order.
    public func entries(_ body: (IndexLine) throws -> Void) async throws {
        try await lines(of: BundleLayout.index, limit: FormatLimits.indexLine) { line in
            try body(try IndexLine(decoding: line))
        }
    }

    /// The index line of one entry; nil when there is none. Other lines are not decoded.
    public func entry(_ path: EntryPath) async throws -> IndexLine? {
        let beginning = Array("{\"path\":\"\(path.rawValue)\",".utf8)
        var found: IndexLine?
        try await lines(of: BundleLayout.index, limit: FormatLimits.indexLine) { line in
            if found == nil, line.starts(with: beginning) { found = try IndexLine(decoding: line) }
        }
        return found
    }

    // MARK: The records

    /// Hands out the ledger, line by line.
    public func ledger(_ body: (LedgerLine) throws -> Void) async throws {
        try await lines(of: BundleLayout.ledger, limit: FormatLimits.ledgerLine) { line in
            try body(try LedgerLine(decoding: line))
        }
    }

    /// Hands out the custody log, line by line. The chain is not checked.
    public func custody(_ body: (CustodyLine) throws -> Void) async throws {
        try await lines(of: BundleLayout.custody, limit: FormatLimits.custodyLine) { line in
            try body(try CustodyLine(decoding: line))
        }
    }

    // MARK: Content

    /// Hands out the content of an entry in pieces, and at its end throws `wrongContent` if it was not what the line
    /// says.
    ///
    /// What was handed out before that error must be thrown away, or shown as damaged.
    public func content(of line: IndexLine, _ body: (ArraySlice<UInt8>) throws -> Void) async throws {
        var hasher = SHA256()
        try await pieces(of: line) { piece in
            hasher.update(piece)
            try body(piece)
        }
        guard hasher.finalize() == line.sha256 else { throw wrongContent(line.path) }
    }

    /// The content of an entry as it is found.
    func pieces(of line: IndexLine, _ body: (ArraySlice<UInt8>) throws -> Void) async throws {
        switch source {
        case .file(let reader, _):
            let header = try readHeader(reader, line.path, size: line.size, at: line.offset)
            try reader.read(tarOffset: line.offset + header, count: line.size, body)
        case .folder(let folder):
            let file = try folder.file(line.path.components)
            guard file.size == line.size else { throw wrongContent(line.path) }
            try await file.pieces(body)
        }
    }

    /// The content of an entry, or of a file without an index line, as a whole.
    ///
    /// - Parameter limit: throws `tooLarge` when it has more bytes.
    public func content(of path: EntryPath, limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        if BundleLayout.rule(for: path)?.isIndexed == true {
            guard let line = try await entry(path) else { throw noSuchEntry(path) }
            guard line.size <= UInt64(limit) else { throw tooLarge(path, line.size, limit) }
            try await content(of: line) { bytes += $0 }
        } else {
            try await scan(for: path) { size in
                guard size <= UInt64(limit) else { throw self.tooLarge(path, size, limit) }
            } pieces: { piece in
                bytes += piece
            }
        }
        return bytes
    }

    // MARK: Finding

    /// Hands out the lines of a file of the bundle.
    private func lines(of path: EntryPath, limit: Int, _ body: (ArraySlice<UInt8>) throws -> Void) async throws {
        var splitter = LineSplitter(limit: limit)
        do {
            if path != BundleLayout.index, hasLocator || isFolder, let line = try await entry(path) {
                try await content(of: line) { try splitter.push($0, body) }
            } else {
                try await scan(for: path) { _ in
                } pieces: {
                    try splitter.push($0, body)
                }
            }
            try splitter.finish()
        } catch let error as FormatError {
            throw BundleError(error, subject: path.rawValue)
        }
    }

    /// Hands out a file that the locator leads to, or that is found by reading from the front.
    private func scan(
        for path: EntryPath, size: (UInt64) throws -> Void, pieces: (ArraySlice<UInt8>) throws -> Void
    ) async throws {
        switch source {
        case .folder(let folder):
            let file = try folder.file(path.components)
            try size(file.size)
            try await file.pieces(pieces)
        case .file(let reader, _):
            if path == BundleLayout.index, let locator = reader.locator {
                let header = try readHeader(reader, path, size: locator.indexSize, at: locator.indexOffset)
                try size(locator.indexSize)
                try reader.read(tarOffset: locator.indexOffset + header, count: locator.indexSize, pieces)
                return
            }
            try await scan(reader, for: path, size: size, pieces: pieces)
        }
    }

    private func scan(
        _ reader: ContainerReader, for path: EntryPath, size: (UInt64) throws -> Void,
        pieces: (ArraySlice<UInt8>) throws -> Void
    ) async throws {
        let full = opening.folder.fullPath(path)
        do {
            try await reader.entries(modificationTime: opening.started.unix) { entry, body in
                guard entry.path == full else { return }
                try size(entry.size)
                while let piece = try await body.next() { try pieces(piece) }
                throw Found()
            }
        } catch is Found {
            return
        } catch let error as ArchiveError {
            throw BundleError(error)
        }
        throw noSuchEntry(path)
    }

    /// Compares the header at an offset with the one that must be there; gives its length.
    func readHeader(
        _ reader: ContainerReader, _ path: EntryPath, size: UInt64, at offset: UInt64
    ) throws -> UInt64 {
        do {
            let expected = try StrictTar.header(
                path: opening.folder.fullPath(path), size: size, modificationTime: opening.started.unix)
            guard try reader.read(tarOffset: offset, count: expected.count) == expected else {
                throw BundleError(
                    code: .damaged, doing: "reading an entry", subject: path.rawValue,
                    reason: "it is not where the index says", advice: "verify the bundle")
            }
            return UInt64(expected.count)
        } catch let error as ArchiveError {
            throw BundleError(error)
        }
    }

    static func opening(_ reader: ContainerReader) async throws -> OpeningRecord {
        var record: OpeningRecord?
        do {
            try await reader.entries { entry, body in
                guard entry.path.hasSuffix("/" + BundleLayout.opening.rawValue) else {
                    if entry.path.hasSuffix("/" + BundleLayout.bagit.rawValue) { return }
                    throw Found()
                }
                let bytes = try await body.readAll(limit: FormatLimits.openingRecord)
                let opening = try OpeningRecord(decoding: bytes[...])
                guard entry.path == opening.folder.fullPath(BundleLayout.opening) else {
                    throw FormatError(
                        doing: "reading the opening record", subject: "folder", reason: "it is not the folder it is in")
                }
                record = opening
                throw Found()
            }
        } catch is Found {
        } catch let error as ArchiveError
            where reader.locator == nil && ![.truncated, .readFailed].contains(error.code)
        {
            throw BundleError(
                code: .notABundle, doing: "opening the bundle", subject: error.subject,
                reason: "neither its first bytes nor its end are those of a bundle (\(error.reason))",
                advice: "check that this is the right file")
        } catch {
            throw BundleError(wrapping: error, doing: "reading the opening record")
        }
        guard let record else {
            throw BundleError(
                code: .notABundle, doing: "opening the bundle", reason: "the archive does not begin like a bundle",
                advice: "check that this is the right file")
        }
        return record
    }

    private static func opening(_ folder: FolderRoot) async throws -> OpeningRecord {
        let file = try folder.file(BundleLayout.opening.components)
        guard file.size <= UInt64(FormatLimits.openingRecord) else {
            throw BundleError(
                code: .tooLarge, doing: "reading the opening record", subject: file.name, reason: "it is too long")
        }
        var bytes: [UInt8] = []
        try await file.pieces { bytes += $0 }
        do {
            return try OpeningRecord(decoding: bytes[...])
        } catch {
            throw BundleError(error, subject: file.name)
        }
    }

    // MARK: Failures

    /// Ends a pass through the archive early.
    private struct Found: Error {}

    private func noSuchEntry(_ path: EntryPath) -> BundleError {
        BundleError(
            code: .noSuchEntry, doing: "reading an entry", subject: path.rawValue,
            reason: "the bundle has no such entry",
            advice: "list its entries")
    }

    private func wrongContent(_ path: EntryPath) -> BundleError {
        BundleError(
            code: .wrongContent, doing: "reading an entry", subject: path.rawValue,
            reason: "its content is not what the index says", advice: "do not rely on it; verify the bundle")
    }

    private func tooLarge(_ path: EntryPath, _ size: UInt64, _ limit: Int) -> BundleError {
        BundleError(
            code: .tooLarge, doing: "reading an entry", subject: path.rawValue,
            reason: "it has \(size) bytes, more than \(limit)")
    }
}
