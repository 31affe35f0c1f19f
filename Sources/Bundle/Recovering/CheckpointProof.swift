internal import BundleFormat
internal import Cryptography

/// Holds the checkpoints of a partial bundle against what its archive has, one after the other (section 7.3).
///
/// After a failure it must not be used any more.
struct CheckpointProof {
    /// A file of the archive that waits for the next checkpoint.
    struct File {
        var path: EntryPath
        var offset: UInt64
        var isIndexed: Bool
        var sha256: SHA256Digest = .zero
        /// Cut in lines; nil for files without an index line.
        var content: ContentDigest?
    }

    /// How many hold.
    private(set) var count: UInt64 = 0
    /// The last one that holds.
    private(set) var last: Checkpoint?
    private(set) var custody = CustodyChainChecker()
    private(set) var attempts = UnendedAttempts()
    private var tree = MerkleAccumulator()
    private var previous: SHA256Digest = .zero
    private var pending: CheckpointFile?

    /// A checkpoint waits for its signature.
    var isPending: Bool { pending != nil }

    /// A checkpoint. Nothing in it is believed before its signature came.
    mutating func add(_ bytes: [UInt8], number: UInt64, offset: UInt64, bundle: BundleID?) throws(ProofEnd) {
        let file: CheckpointFile
        do {
            file = try CheckpointFile(decoding: bytes)
        } catch {
            throw ProofEnd("checkpoint \(count + 1): \(error.reason)")
        }
        guard number == count + 1, file.head.number == number else { throw wrong("it has another number") }
        guard file.head.bundle == bundle else { throw wrong("it belongs to another bundle") }
        guard file.head.previous == previous else { throw wrong("it does not follow the one before it") }
        guard file.head.offset == offset else { throw wrong("it does not say where it stands") }
        pending = file
    }

    /// The signature of that checkpoint: with it the checkpoint proves `files`, or the proof ends.
    ///
    /// - Parameter files: those since the checkpoint before, its own two included.
    mutating func prove(
        _ files: [File], signature: [UInt8], opening: OpeningRecord, salts: SaltTree
    ) throws(ProofEnd) -> (CheckpointFile, [ProvedStretch.File]) {
        guard let file = pending.take() else { throw wrong("there is a signature and no checkpoint") }
        do {
            let parsed = try SSHSignature(parsing: signature)
            try parsed.verify(message: file.bytes, namespace: SignatureNamespace.checkpoint)
            let runKey = try SSHPublicKey(parsing: opening.key?.public ?? "")
            guard parsed.publicKey == runKey else { throw wrong("it is not signed by the run's key") }
        } catch let error as CryptographyError {
            throw wrong("its signature does not hold: \(error.reason)")
        } catch {
            throw error as? ProofEnd ?? wrong("\(error)")
        }
        let proved: [ProvedStretch.File]
        do {
            proved = try join(files, with: file.index, salts: salts)
            guard file.head.root == MerkleRoot(leaves: tree.count, root: tree.root) else {
                throw wrong("the files before it are not those it was made of")
            }
            try takeLines(of: file)
            try checkSpools(of: file.head)
        } catch let error as FormatError {
            throw wrong("\(error)")
        } catch {
            throw error as? ProofEnd ?? wrong("\(error)")
        }
        count += 1
        previous = file.digest
        last = file.head
        return (file, proved)
    }

    /// Puts together what the checkpoint says of entries and what they are.
    private mutating func join(
        _ files: [File], with metadata: ArraySlice<UInt8>, salts: SaltTree
    ) throws -> [ProvedStretch.File] {
        var proved = files.map { ProvedStretch.File(path: $0.path, sha256: $0.sha256, line: nil) }
        var rows = files.indices.filter { files[$0].isIndexed }.makeIterator()
        try metadata.forEachLine { bytes in
            guard let row = rows.next(), let content = files[row].content else {
                throw wrong("it lists more files than there are")
            }
            let path = files[row].path
            let line = try IndexLine(metadata: bytes, offset: files[row].offset) { segmentation in
                segmentation == .lines ? content : content.asWhole(path: path, salts: salts)
            }
            guard line.path == path else { throw wrong("it lists other files than there are") }
            tree.append(TreeHash.entryLeaf(line, salts: salts))
            attempts.add(line)
            proved[row].line = line
        }
        guard rows.next() == nil else { throw wrong("it lists fewer files than there are") }
        return proved
    }

    private mutating func takeLines(of file: CheckpointFile) throws {
        try file.ledger.forEachLine { bytes in
            let line = try LedgerLine(decoding: bytes)
            guard attempts.end(line.attempt) else { throw wrong("attempt \(line.attempt) has more than one end") }
        }
        try file.custody.forEachLine { attempts.add(try custody.append($0)) }
    }

    /// What is to become an entry must be able to.
    private func checkSpools(of head: Checkpoint) throws {
        var numbers: Set<UInt64> = [], paths: Set<EntryPath> = []
        for spool in head.spools {
            guard spool.path.isInside("data"), spool.length <= FormatLimits.entry, numbers.insert(spool.spool).inserted,
                paths.insert(spool.path).inserted
            else { throw wrong("it names a spool that no writer can have") }
        }
    }

    private func wrong(_ reason: String) -> ProofEnd {
        ProofEnd("checkpoint \(count + 1): \(reason)")
    }
}
