internal import BundleFormat
internal import Cryptography

/// One pass over the files of a bundle in their order: every check that needs no anchor from outside.
///
/// It is shown each file's bytes once. Memory is bounded by small files, the longest line, and about 160 bytes an
/// entry.
final class VerificationPass {
    /// Small files are looked at as a whole, the others as they stream by.
    private static let wholeFileLimit: UInt64 = 64 << 20

    /// The file under way.
    private struct Current: ~Copyable {
        var path: EntryPath
        var rule: BundleLayout.Rule
        var offset: UInt64?
        var hasher = SHA256()
        /// Recomputes segments; only when that was asked for.
        var segments: ContentHasher?
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
    private var lastOrder = -1
    private var lastPath: EntryPath?

    init(isDeep: Bool) {
        self.isDeep = isDeep
        result.isDeep = isDeep
    }

    // MARK: Files

    /// A file begins. False when it is none of a bundle; its content is of no interest then.
    func begin(_ path: EntryPath, size: UInt64, offset: UInt64?) -> Bool {
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
        if isDeep, rule.isIndexed, let salts {
            file.segments = ContentHasher(path: path, segmentation: .lines, salts: salts)
        }
        current = consume file
        return true
    }

    /// Content of the file under way.
    func piece(_ bytes: ArraySlice<UInt8>) {
        guard current != nil else { return }
        current?.hasher.update(bytes)
        current?.whole?.append(contentsOf: bytes)
        do {
            try current?.segments?.update(bytes)
        } catch {
            if let path = current?.path { fail(Finding(error, .malformed, path: path)) }
            current?.segments = nil
        }
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
    func end() {
        guard let file = current.take() else { return }
        let (path, rule, offset, whole) = (file.path, file.rule, file.offset, file.whole)
        let size = file.hasher.count
        let lines = file.lines
        let (digest, segments) = Self.digests(of: file)
        result.counts.files += 1
        result.lastWholeFile = path.rawValue
        do {
            try lines?.finish()
        } catch {
            fail(Finding(error, .malformed, path: path))
        }
        if lines != nil { endLines(path) }
        if rule.isTag { tags.append(ManifestLine(sha256: digest, path: path)) }
        if rule.role == .fixed { digestOf[path] = digest }
        if rule.isIndexed { addEntry(path, size: size, offset: offset, digest: digest, segments: segments) }
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

    private static func digests(of file: consuming Current) -> (SHA256Digest, EntryTable.Segments?) {
        let digest = file.hasher.digestSoFar()
        guard let hasher = file.segments.take(), let found = try? hasher.finalize() else { return (digest, nil) }
        return (digest, EntryTable.Segments(count: found.segments, root: found.root))
    }

    private func addEntry(
        _ path: EntryPath, size: UInt64, offset: UInt64?, digest: SHA256Digest, segments: EntryTable.Segments?
    ) {
        let row = table.count
        table.append(path, size: size, offset: offset ?? .max, digest: digest)
        if let segments {
            table.setSegments(segments, row: row)
            result.counts.segments += segments.count
        }
        result.counts.entries += 1
        if path.isInside("data") {
            result.counts.payloadFiles += 1
            result.counts.payloadBytes += size
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
