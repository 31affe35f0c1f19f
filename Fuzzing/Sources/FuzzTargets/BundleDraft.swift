internal import BundleFormat
internal import Cryptography
internal import StructuredText

@testable import Archive
@testable import Bundle

/// A bundle made of text that a fuzzer can change without having to find a hash.
///
/// The text is the files, separated by the byte 0x1E, each its path, a line end and its content. The content `*` stands
/// for what the file must have: hashes, index lines and signatures of what stands before it. Behind the `*` may come
/// three bytes for each byte to change in that: its offset, in two, and the value. In the custody log, `"previous":"?"`
/// stands for the right hash.
struct BundleDraft {
    /// The tar stream.
    private(set) var stream: [UInt8] = []
    private(set) var locator = Locator(indexOffset: 0, indexSize: 0, tarLength: 0, entries: 0)
    private(set) var checkpoints = 0

    private var folder = "f"
    private var time: UInt64 = 1_700_000_000
    private var salts = SaltTree(seed: .zero)
    private var bundle = BundleID("00000000000000000000000000000000")!
    /// What gets an index line. The salts may come behind the first of them.
    private var indexed: [(path: BundleFormat.EntryPath, content: [UInt8], offset: UInt64)] = []
    private var tags: [ManifestLine] = []
    private var signatureFiles: [ManifestLine] = []
    private var digests: [String: SHA256Digest] = [:]
    private var last: [UInt8] = []
    private var announced = 0
    private var lastCheckpoint = SHA256Digest.zero

    init(_ text: [UInt8]) throws {
        for part in text.split(separator: 0x1E, maxSplits: 64, omittingEmptySubsequences: true) {
            guard let end = part.firstIndex(of: 0x0A) else { continue }
            try add(Array(part[..<end]), Array(part[(end + 1)...]))
        }
        stream += StrictTar.endMarker
        locator.tarLength = UInt64(stream.count)
        locator.entries = UInt64(indexed.count)
    }

    /// The text of a bundle with every kind of file.
    static func sample(isRecovered: Bool) throws -> [UInt8] {
        let key = try signer.get().publicKey.authorizedKeysLine()
        var opening = OpeningRecord(
            bundle: BundleID("0123456789abcdef0123456789abcdef")!, folder: try FolderName("f"),
            started: .init(wall: 1_700_000_000_123_456_789, boottime: 7), tool: .init(name: "exhibit", version: "1"))
        opening.targets = ["host"]
        opening.key = .init(type: "ssh-ed25519", public: key)
        var ledger = LedgerLine(
            attempt: 1, collector: "host", step: "log", target: Target(kind: "host"), source: .node, state: .ok,
            entries: [try EntryPath("data/host/a=20b.txt"), try EntryPath("data/host/empty")],
            names: [
                .init(
                    path: try EntryPath("data/host/a=20b.txt"),
                    sourceNames: ["data", "host", "a b.txt"].map { SourceName(Array($0.utf8)) })
            ],
            bytes: 12, volatility: 2, started: 1_700_000_001_000_000_000, ended: 1_700_000_002_000_000_000,
            monotonic: 5...9)
        if isRecovered {
            (ledger.state, ledger.reason) = (.partial, Reason(code: "Recovered", message: "the writer was killed"))
        }
        func custody(_ number: UInt64, _ action: CustodyLine.Action) -> String {
            let line = CustodyLine(
                number: number, previous: .zero, time: 1_700_000_003_000_000_000, monotonic: 11, action: action,
                target: Target(), detail: [:], attempt: 0, nonce: String(repeating: "7", count: 32))
            return String(decoding: line.encoded(), as: UTF8.self)
                .split(separator: SHA256Digest.zero.hex).joined(separator: "?")
        }
        let recovery = RecoveryRecord(
            time: 1_700_000_003_000_000_000, operator: "me", tool: .init(name: "exhibit", version: "1"),
            sourceSHA256: .zero, sourceSize: 9, checkpoint: 1, partial: [], lostBytes: 0)
        var files: [(String, String)] = [
            ("bagit.txt", String(decoding: BagInfo.declaration, as: UTF8.self)),
            ("meta/bundle.json", String(decoding: opening.encoded(), as: UTF8.self)), ("meta/bundle.json.sig", "*"),
            ("meta/salts", String(repeating: "ab", count: 32) + "\n"), ("data/version", "exhibit\n1\n"),
            ("meta/definitions/host.yaml", "steps: []\n"), ("data/host/a=20b.txt", "hello\nworld\n"),
            ("meta/checkpoints/000001.jsonl", "*"), ("meta/checkpoints/000001.sig", "*"), ("data/host/empty", ""),
            ("meta/ledger.jsonl", String(decoding: ledger.encoded(), as: UTF8.self)),
            (
                "meta/custody.jsonl",
                custody(1, "opened") + custody(2, isRecovered ? "recovered" : "exec") + custody(3, "closed")
            ),
            ("meta/index.jsonl", "*"), ("manifest-sha256.txt", "*"),
            (
                "bag-info.txt",
                String(
                    decoding: BagInfo(
                        opening: opening, payloadBytes: 22, payloadFiles: 3, bagged: 1_700_000_003_000_000_000
                    ).encoded(), as: UTF8.self)
            ), ("meta/merkle-root.txt", "*"), ("meta/statement.json", "*"), ("tagmanifest-sha256.txt", "*"),
            ("seal.sha256", "*"), ("sig/seal.1.ssh.sig", "*"), ("sig/manifest-sha256.txt", "*"),
        ]
        if isRecovered {
            files.insert(("meta/recovery.json", String(decoding: recovery.encoded(), as: UTF8.self)), at: 10)
        }
        return Array(files.map { "\($0.0)\n\($0.1)" }.joined(separator: "\u{1E}").utf8)
    }

    /// Its key's secret is 32 bytes of 7 (PKCS #8), so that inputs mean the same in every run.
    private static let signer = Result {
        let der: [UInt8] = [0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x22, 4, 0x20]
        var text = Array("-----BEGIN PRIVATE KEY-----\n".utf8)
        (der + [UInt8](repeating: 7, count: 32)).withUnsafeBytes { Base64.append($0, to: &text, lineLength: 64) }
        return SSHSigner(try SSHPrivateKey(parsing: text + Array("-----END PRIVATE KEY-----\n".utf8)))
    }

    private mutating func add(_ path: [UInt8], _ content: [UInt8]) throws {
        let name = String(decoding: path, as: UTF8.self)
        var bytes = content
        if content.first == UInt8(ascii: "*") {
            bytes = try derived(name)
            let edits = content.dropFirst()
            for start in stride(from: edits.startIndex, to: edits.endIndex - 2, by: 3) where !bytes.isEmpty {
                bytes[(Int(edits[start]) << 8 | Int(edits[start + 1])) % bytes.count] = edits[start + 2]
            }
        } else if name == "meta/custody.jsonl" {
            bytes = chained(content)
        }
        if name == "meta/bundle.json", let opening = accepted({ try OpeningRecord(decoding: bytes[...]) }) {
            (folder, time, bundle) = (
                opening.folder.rawValue, min(opening.started.unix, StrictTar.maximumTime), opening.bundle
            )
        }
        if name == "meta/salts", let found = accepted({ try SaltTree(decoding: bytes[...]) }) { salts = found }
        let offset = UInt64(stream.count)
        stream += StrictTar.headerBlocks(path: Array("\(folder)/".utf8) + path, size: UInt64(bytes.count), time: time)
        stream += bytes + [UInt8](repeating: 0, count: StrictTar.padding(size: UInt64(bytes.count)))
        try note(name, bytes, offset)
    }

    private mutating func note(_ name: String, _ bytes: [UInt8], _ offset: UInt64) throws {
        let digest = SHA256.digest(of: bytes)
        digests[name] = digest
        last = bytes
        if name == "meta/index.jsonl" { (locator.indexOffset, locator.indexSize) = (offset, UInt64(bytes.count)) }
        guard let path = accepted({ try EntryPath(name) }), let rule = BundleLayout.rule(for: path) else { return }
        if rule.isIndexed {
            indexed.append((path, bytes, offset))
        }
        if rule.isTag { tags.append(ManifestLine(sha256: digest, path: path)) }
        switch rule.role {
        case .signature: signatureFiles.append(ManifestLine(sha256: digest, path: path))
        case .checkpoint:
            checkpoints += 1
            announced = indexed.count
            lastCheckpoint = digest
        default: break
        }
    }

    private func indexLines() throws -> [IndexLine] {
        try indexed.map { path, content, offset in
            var hasher = ContentHasher(path: path, segmentation: .lines, salts: salts)
            try hasher.update(content[...])
            let found = try hasher.finalize()
            return IndexLine(
                path: path, media: "text/plain", segmentation: .lines,
                attempt: path.isInside("data") && path != BundleLayout.version ? 1 : 0, segments: found.segments,
                root: found.root, sha256: found.sha256, size: found.size, offset: offset)
        }
    }

    private func root(over lines: [IndexLine]) -> MerkleRoot {
        var tree = MerkleAccumulator()
        for line in lines { tree.append(TreeHash.entryLeaf(line, salts: salts)) }
        return MerkleRoot(leaves: tree.count, root: tree.root)
    }

    /// What the file must have where it stands.
    private func derived(_ name: String) throws -> [UInt8] {
        switch name {
        case "meta/bundle.json.sig": return try signed(last, SignatureNamespace.opening)
        case "meta/index.jsonl": return try indexLines().flatMap { $0.encoded() }
        case "manifest-sha256.txt":
            return try indexLines().filter { $0.path.isInside("data") }
                .flatMap { ManifestLine(sha256: $0.sha256, path: $0.path).encoded() }
        case "meta/merkle-root.txt": return root(over: try indexLines()).encoded()
        case "meta/statement.json": return Statement(bundle: bundle, root: root(over: try indexLines())).encoded()
        case "tagmanifest-sha256.txt": return tags.flatMap { $0.encoded() }
        case "seal.sha256":
            return Seal(
                tagManifest: digests["tagmanifest-sha256.txt"] ?? .zero,
                merkleRoot: digests["meta/merkle-root.txt"] ?? .zero, statement: digests["meta/statement.json"] ?? .zero
            ).encoded()
        case _ where name.hasPrefix("sig/") && name.hasSuffix(".ssh.sig"):
            return try signed(last, SignatureNamespace.seal)
        case "sig/manifest-sha256.txt": return signatureFiles.flatMap { $0.encoded() }
        case _ where name.hasPrefix("meta/checkpoints/") && name.hasSuffix(".sig"):
            return try signed(last, SignatureNamespace.checkpoint)
        case _ where name.hasPrefix("meta/checkpoints/"): return try checkpoint()
        default: return []
        }
    }

    private func signed(_ bytes: [UInt8], _ namespace: String) throws -> [UInt8] {
        try Self.signer.get().sign(bytes, namespace: namespace).armored
    }

    private func checkpoint() throws -> [UInt8] {
        let lines = try indexLines()
        let added = lines[announced...]
        let head = Checkpoint(
            number: UInt64(checkpoints + 1), bundle: bundle, previous: lastCheckpoint, offset: UInt64(stream.count),
            root: root(over: lines), time: 1_700_000_002_000_000_000, monotonic: 9, spools: [],
            indexLines: UInt64(added.count),
            ledgerLines: 0, custodyLines: 0)
        return head.encoded() + added.flatMap { $0.metadata + [0x0A] }
    }

    private func chained(_ log: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var previous = SHA256Digest.zero
        let mark = Array("\"previous\":\"?\"".utf8)
        for part in log.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if !output.isEmpty { output.append(0x0A) }
            var line = Array(part)
            if let place = line.firstRange(of: mark) {
                line.replaceSubrange(place, with: Array("\"previous\":\"\(previous.hex)\"".utf8))
            }
            previous = SHA256.digest(of: line)
            output += line
        }
        return output
    }
}
