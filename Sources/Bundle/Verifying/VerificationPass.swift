internal import BundleFormat
internal import Cryptography

/// One pass over the files of a bundle in their order: every check that needs no anchor from outside.
///
/// It is shown each file's bytes once. Captured content is hashed on other cores; every other file waits for what stood
/// before it. Memory is bounded by small files, the longest line, the pieces that are being hashed, and about 170 bytes
/// an entry.
final class VerificationPass {
    /// Small files are looked at as a whole, the others as they stream by.
    private static let wholeFileLimit: UInt64 = 64 << 20

    /// The file under way.
    private struct Current: ~Copyable {
        var path: EntryPath
        var rule: BundleLayout.Rule
        var offset: UInt64?
        var size: UInt64 = 0
        /// Hashed on other cores, and looked at in no other way.
        var isAhead = false
        var hasSegmentsAhead = false
        var hasher: FileHasher?
        /// The content so far, of a file that is needed as a whole.
        var whole: [UInt8]?
        /// Of a file that is looked at line by line; nil once that failed.
        var lines: LineSplitter?
    }

    let isDeep: Bool
    var result = Verification()
    var table = EntryTable()
    var salts: SaltTree?
    var tree = MerkleAccumulator()
    var custody = CustodyChainChecker()
    var checkpoints = CheckpointCheck()
    var ledgerAttempts: Set<Int> = []
    /// Digests of what the tagmanifest must list, in order.
    var tags: [ManifestLine] = []
    /// Files of `sig/` and `records/`, in order.
    var signatureFiles: [ManifestLine] = []
    var recordFiles: [ManifestLine] = []
    /// What stands behind the seal, as it was found.
    var keptSignatures: [(path: EntryPath, bytes: [UInt8])] = []
    var keptRecords: [[UInt8]] = []
    var keptRecordBytes = 0
    /// The first thing that is wrong with `records/`; nothing behind it is kept.
    var recordProblem: Finding?
    var sealSignatures = SealSignatures()
    var openingSignature: SSHSignature?
    /// The opening record asks for what this version does not have.
    var unsupported: FormatError?
    var openingBytes: [UInt8] = []
    var sealBytes: [UInt8]?
    var merkleRoot: MerkleRoot?
    var statement: Statement?
    /// Custody lines that say that the bundle was recovered.
    var recoveredLines = 0
    var digestOf: [EntryPath: SHA256Digest] = [:]
    /// The row that the next index line, and the next manifest line, should be about.
    var nextRow = 0
    var nextManifestRow = 0
    /// How far offsets in the index are off; said once for all entries that one change moved.
    var offsetShift: Int64 = 0
    var hasReadIndex = false
    var seen: Set<EntryPath> = []

    private var current: Current?
    private var digestsAhead = HashingAhead()
    private var segmentsAhead = HashingAhead()
    private var lastOrder = -1
    private var lastPath: EntryPath?

    init(isDeep: Bool) {
        self.isDeep = isDeep
        result.isDeep = isDeep
    }

    // MARK: Files

    /// A file begins. False when it is none of a bundle; its content is of no interest then.
    func begin(_ path: EntryPath, size: UInt64, offset: UInt64?) async -> Bool {
        guard let rule = BundleLayout.rule(for: path) else {
            fail(Finding(.extra, path: path.rawValue, says: "no bundle has a file of this name", offset: offset))
            return false
        }
        if rule.order < lastOrder {
            let after = lastPath?.rawValue ?? ""
            fail(
                Finding(
                    .order, path: path.rawValue, says: "it stands behind \(after), where it must not be", offset: offset
                ))
        }
        lastOrder = max(lastOrder, rule.order)
        lastPath = path
        if rule.role == .fixed || rule.role == .payload, path == BundleLayout.version || rule.role == .fixed {
            seen.insert(path)
        }
        var file = Current(path: path, rule: rule, offset: offset)
        if let limit = lineLimit(path) {
            file.lines = LineSplitter(limit: limit)
            beginLines(path)
        } else if needsWhole(rule, path) {
            if case .record = rule.role {
                file.whole = mayKeepRecord(path, size: size) ? [] : nil
            } else if size <= limit(rule) {
                file.whole = []
            } else {
                fail(
                    Finding(
                        .malformed, path: path.rawValue, says: "it has \(size) bytes, far more than such a file can"))
            }
        }
        let salts = isDeep && rule.isIndexed ? salts : nil
        if rule.role == .payload, file.whole == nil {
            file.isAhead = true
            digestsAhead.begin(path, row: table.count, salts: nil)
            if let salts {
                file.hasSegmentsAhead = true
                segmentsAhead.begin(path, row: table.count, salts: salts)
            }
        } else {
            await finishHashing()
            file.hasher = FileHasher(path, salts: salts)
        }
        current = consume file
        return true
    }

    /// Content of the file under way.
    func piece(_ bytes: ArraySlice<UInt8>) async {
        guard current != nil else { return }
        current?.size += UInt64(bytes.count)
        if current?.isAhead == true {
            await digestsAhead.add(bytes, take)
            if current?.hasSegmentsAhead == true { await segmentsAhead.add(bytes, take) }
            return
        }
        current?.hasher?.update(bytes)
        current?.whole?.append(contentsOf: bytes)
        guard var lines = current?.lines, let path = current?.path else { return }
        do {
            try lines.push(bytes) { line($0, of: path) }
            current?.lines = lines
        } catch {
            fail(Finding(.malformed, path: path.rawValue, says: "\(error)"))
            current?.lines = nil
        }
    }

    /// The file under way is complete.
    func end() async {
        guard var file = current.take() else { return }
        let (path, rule, offset, size) = (file.path, file.rule, file.offset, file.size)
        result.counts.files += 1
        result.lastWholeFile = path.rawValue
        guard let hasher = file.hasher.take() else {
            addEntry(path, size: size, offset: offset)
            await digestsAhead.end(take)
            if file.hasSegmentsAhead { await segmentsAhead.end(take) }
            return
        }
        let (whole, lines) = (file.whole, file.lines)
        let found = hasher.finish()
        guard let digest = found.sha256 else {
            return fail(Finding(.malformed, path: path.rawValue, says: "it was not hashed"))
        }
        do {
            try lines?.finish()
        } catch {
            fail(Finding(error, .malformed, path: path))
        }
        if lines != nil { endLines(path) }
        if rule.isTag { tags.append(ManifestLine(sha256: digest, path: path)) }
        if rule.role == .fixed { digestOf[path] = digest }
        if rule.isIndexed {
            addEntry(path, size: size, offset: offset)
            take(HashingAhead.Found(row: table.count - 1, result: found))
        }
        if let whole { examine(whole, path: path, rule: rule, digest: digest, offset: offset) }
        if case .signature = rule.role { signatureFiles.append(ManifestLine(sha256: digest, path: path)) }
        if case .record = rule.role { recordFiles.append(ManifestLine(sha256: digest, path: path)) }
    }

    func fail(_ finding: Finding) {
        result.add(finding, to: \.integrity)
    }

    func lack(_ finding: Finding) {
        result.add(finding, to: \.completeness)
    }

    /// Waits for what other cores are hashing.
    func finishHashing() async {
        await digestsAhead.finish(take)
        await segmentsAhead.finish(take)
    }

    private func addEntry(_ path: EntryPath, size: UInt64, offset: UInt64?) {
        table.append(path, size: size, offset: offset ?? .max)
        result.counts.entries += 1
        if path.isInside("data") {
            result.counts.payloadFiles += 1
            result.counts.payloadBytes += size
        }
    }

    /// What came of an entry's content.
    private func take(_ found: HashingAhead.Found) {
        if let digest = found.result.sha256 { table.setDigest(digest, row: found.row) }
        if let segments = found.result.segments {
            table.setSegments(segments, row: found.row)
            result.counts.segments += segments.count
        }
        if let failure = found.result.failure {
            fail(
                Finding(
                    .malformed, path: table.path(found.row), says: "\(failure.doing): \(failure.reason)"))
        }
    }

    private func lineLimit(_ path: EntryPath) -> Int? {
        switch path {
        case BundleLayout.ledger: FormatLimits.ledgerLine
        case BundleLayout.custody: FormatLimits.custodyLine
        case BundleLayout.index: FormatLimits.indexLine
        case BundleLayout.manifest: FormatLimits.path + 128
        default: nil
        }
    }

    private func limit(_ rule: BundleLayout.Rule) -> UInt64 {
        if case .signature = rule.role { return UInt64(FormatLimits.signatureFile) }
        return Self.wholeFileLimit
    }

    private func needsWhole(_ rule: BundleLayout.Rule, _ path: EntryPath) -> Bool {
        switch rule.role {
        case .fixed, .checkpoint, .checkpointSignature, .signature, .record: true
        case .payload: path == BundleLayout.version
        case .definition, .origin: false
        }
    }
}
