internal import Archive
internal import BundleFormat
internal import Cryptography

/// Reads a bundle whose writer was killed from the front, for as long as checkpoints prove what stands there (section
/// 7.3).
///
/// Everything in it is taken as hostile. Memory is bounded by one checkpoint, by about 300 bytes for each file since the
/// last one, and by what the attempts that have not ended brought.
final class PartialPass {
    /// Files between two checkpoints. A writer makes one after 64 MiB of tar or 2 MiB of lines, whichever comes first.
    private static let mostFiles = 1 << 18
    private static let signatureLimit = 32 << 10

    /// How it ended.
    struct End {
        /// The last checkpoint that holds; 0 for none.
        var checkpoint: UInt64 = 0
        /// Tar offset behind it.
        var provedBytes: UInt64 = 0
        /// Bytes of the tar stream that can be read, proved or not.
        var readableBytes: UInt64 = 0
        /// Why nothing behind the checkpoint counts, as a clause.
        var reason = ""
        /// The archive is whole to its last byte.
        var isWhole = false
    }

    private let reader: ContainerReader
    /// Of the file: how its own failures are known from those of the output.
    private let path: String
    /// Where to end although more may be proved; nil to go on.
    private let limit: UInt64?
    /// Is given the tar stream, byte by byte as it stands.
    private let copy: (ArraySlice<UInt8>) async throws -> Void
    /// Is given what each checkpoint proves, once it does.
    private let proved: (ProvedStretch) async throws -> Void

    private(set) var opening: OpeningRecord?
    /// Who certified the run's key.
    private(set) var opener: SSHPublicKey?
    private(set) var salts: SaltTree?
    private(set) var proof = CheckpointProof()
    private var end = End()
    private var openingBytes: [UInt8] = []
    private var folder: Substring?
    private var lastOrder = 0
    private var files: [CheckpointProof.File] = []
    private var hasEnded = false

    /// Ends the reading at the limit.
    private struct Reached: Error {}

    init(
        _ reader: ContainerReader, path: String, limit: UInt64? = nil,
        copy: @escaping (ArraySlice<UInt8>) async throws -> Void = { _ in },
        proved: @escaping (ProvedStretch) async throws -> Void = { _ in }
    ) {
        self.reader = reader
        self.path = path
        self.limit = limit
        self.copy = copy
        self.proved = proved
    }

    /// - Throws: what `copy` and `proved` throw; `unsupported`; `readFailed` when the disk does not give the file.
    func run() async throws -> End {
        do {
            end.readableBytes = try await reader.entries { entry, body in try await self.read(entry, &body) }.tarLength
            end.isWhole = true
        } catch is Reached {
            return end
        } catch let error as ArchiveError where error.subject == path {
            if error.code == .readFailed { throw BundleError(error) }
            if let offset = error.tarOffset { end.readableBytes = max(end.readableBytes, offset) }
            note(ProofEnd(error.reason))
        }
        return end
    }

    /// The first reason counts; what follows is only read to know how much there is.
    private func note(_ end: ProofEnd) {
        if !hasEnded { self.end.reason = end.reason }
        hasEnded = true
    }

    private func read(_ entry: TarEntry, _ body: inout EntryBody) async throws {
        end.readableBytes = max(end.readableBytes, entry.contentOffset)
        guard !hasEnded else { return }
        do {
            let (path, rule) = try identify(entry)
            try await copy(
                try StrictTar.header(path: entry.path, size: entry.size, modificationTime: entry.modificationTime)[...])
            try await take(path, rule, entry, &body)
        } catch let end as ProofEnd {
            note(end)
        } catch let error as FormatError {
            note(ProofEnd("\(error)"))
        }
    }

    private func identify(_ entry: TarEntry) throws -> (EntryPath, BundleLayout.Rule) {
        let parts = entry.path.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if folder == nil { folder = parts[0] }
        guard parts.count == 2, parts[0] == folder, let path = try? EntryPath(String(parts[1])),
            let rule = BundleLayout.rule(for: path), rule.order >= lastOrder
        else { throw ProofEnd("\(EntryPath.printable(entry.path)) has no place in a bundle there") }
        // What closes a bundle: its writer was killed while it sealed.
        guard !rule.isClosing else { throw ProofEnd("the sealing had begun") }
        guard files.count < Self.mostFiles else {
            throw ProofEnd("there are more than \(Self.mostFiles) files without a checkpoint")
        }
        guard !proof.isPending || rule.role == .checkpointSignature(proof.count + 1) else {
            throw ProofEnd("a checkpoint has no signature")
        }
        lastOrder = rule.order
        return (path, rule)
    }

    // MARK: Content

    private func take(
        _ path: EntryPath, _ rule: BundleLayout.Rule, _ entry: TarEntry, _ body: inout EntryBody
    ) async throws {
        var file = CheckpointProof.File(path: path, offset: entry.offset, isIndexed: rule.isIndexed)
        switch rule.role {
        case .fixed:
            let limit = path == BundleLayout.opening ? FormatLimits.openingRecord : Self.signatureLimit
            let bytes = try await whole(entry, &body, limit: limit)
            file.sha256 = SHA256.digest(of: bytes)
            try takeFixed(bytes, path)
        case .checkpoint(let number):
            let bytes = try await whole(entry, &body, limit: FormatLimits.checkpoint)
            file.sha256 = SHA256.digest(of: bytes)
            try proof.add(bytes, number: number, offset: entry.offset, bundle: opening?.bundle)
        case .checkpointSignature:
            let bytes = try await whole(entry, &body, limit: Self.signatureLimit)
            file.sha256 = SHA256.digest(of: bytes)
            files.append(file)
            return try await prove(bytes, entry)
        default:
            guard let salts else { throw ProofEnd("the beginning of the bundle is not whole") }
            var hasher = ContentHasher(path: path, segmentation: .lines, salts: salts)
            while let piece = try await body.next() {
                try hasher.update(piece)
                try await copy(piece)
            }
            try await pad(entry)
            let digest = try hasher.finalize()
            file.sha256 = digest.sha256
            file.content = digest
        }
        files.append(file)
    }

    private func prove(_ signature: [UInt8], _ entry: TarEntry) async throws {
        guard let opening, opener != nil, let salts else { throw ProofEnd("the beginning of the bundle is not whole") }
        let (checkpoint, proved) = try proof.prove(files, signature: signature, opening: opening, salts: salts)
        files = []
        end.checkpoint = proof.count
        end.provedBytes = entry.endOffset
        end.readableBytes = max(end.readableBytes, entry.endOffset)
        try await self.proved(ProvedStretch(files: proved, checkpoint: checkpoint, end: entry.endOffset))
        if proof.count == limit { throw Reached() }
    }

    private func takeFixed(_ bytes: [UInt8], _ path: EntryPath) throws {
        do {
            switch path {
            case BundleLayout.opening:
                let record = try OpeningRecord(decoding: bytes[...])
                guard folder == Substring(record.folder.rawValue) else {
                    throw ProofEnd("the folder has another name than the opening record says")
                }
                opening = record
                openingBytes = bytes
            case BundleLayout.openingSignature:
                let signature = try SSHSignature(parsing: bytes)
                opener = try signature.verify(message: openingBytes, namespace: SignatureNamespace.opening)
            case BundleLayout.salts: salts = try SaltTree(decoding: bytes[...])
            default: break
            }
        } catch let error as FormatError {
            if error.code == .unsupported { throw BundleError(error) }
            throw ProofEnd("\(error)")
        } catch let error as CryptographyError {
            throw ProofEnd("the opening record is not certified: \(error.reason)")
        }
        // The salts stand behind it.
        guard path == BundleLayout.salts, let salts,
            let row = files.firstIndex(where: { $0.path == BundleLayout.opening })
        else { return }
        var hasher = ContentHasher(path: BundleLayout.opening, segmentation: .lines, salts: salts)
        try hasher.update(openingBytes[...])
        files[row].content = try hasher.finalize()
    }

    private func whole(_ entry: TarEntry, _ body: inout EntryBody, limit: Int) async throws -> [UInt8] {
        guard entry.size <= UInt64(limit) else {
            throw ProofEnd("\(entry.path) has \(entry.size) bytes, far more than such a file can")
        }
        let bytes = try await body.readAll(limit: limit)
        try await copy(bytes[...])
        try await pad(entry)
        return bytes
    }

    private func pad(_ entry: TarEntry) async throws {
        try await copy([UInt8](repeating: 0, count: StrictTar.padding(size: entry.size))[...])
    }
}
