import Archive
import BundleFormat
import Cryptography

/// Makes partial bundles under a run's key of its own, which can hold anything.
struct Forger {
    struct Parts {
        var spools: [Checkpoint.Spool] = []
        var ledger: [[UInt8]] = []
        var lie: (inout Checkpoint) -> Void = { _ in }
    }

    private let key: SigningBox
    private let opening: OpeningRecord

    /// A key that is not copied.
    private final class SigningBox {
        let key: SSHPrivateKey

        init() throws {
            key = try SSHPrivateKey.generateEd25519()
        }

        func sign(_ bytes: [UInt8], _ namespace: String) throws -> [UInt8] {
            try SSHSignature.sign(message: bytes, namespace: namespace, key: key).armored
        }
    }

    init() throws {
        key = try SigningBox()
        var record = try Sample.opening()
        record.key = .init(type: "ssh-ed25519", public: key.key.publicKey.authorizedKeysLine())
        opening = record
    }

    func partial(_ parts: Parts) throws -> [UInt8] {
        let salts = SaltTree(seed: .zero)
        var stream: [UInt8] = []
        var tree = MerkleAccumulator()
        var metadata: [UInt8] = []
        func add(_ path: String, _ bytes: [UInt8], hasLine: Bool = false) throws {
            if hasLine {
                var hasher = ContentHasher(path: try EntryPath(path), segmentation: .lines, salts: salts)
                try hasher.update(bytes[...])
                let digest = try hasher.finalize()
                let line = IndexLine(
                    path: try EntryPath(path), media: "text/plain", segmentation: .lines, attempt: 0,
                    segments: digest.segments, root: digest.root, sha256: digest.sha256, size: digest.size,
                    offset: UInt64(stream.count))
                tree.append(TreeHash.entryLeaf(line, salts: salts))
                metadata += line.metadata + [0x0A]
            }
            stream += try StrictTar.header(
                path: "case-1/" + path, size: UInt64(bytes.count), modificationTime: opening.started.unix)
            stream += bytes + [UInt8](repeating: 0, count: StrictTar.padding(size: UInt64(bytes.count)))
        }
        try add("bagit.txt", BagInfo.declaration)
        try add("meta/bundle.json", opening.encoded(), hasLine: true)
        try add("meta/bundle.json.sig", try key.sign(opening.encoded(), "exhibit-open@v1"))
        try add("meta/salts", salts.encoded())
        try add("data/version", Array("exhibit\n0.1.0\n".utf8), hasLine: true)
        var chain = CustodyChain()
        let custody = chain.append(.opened, time: 1, monotonic: 1, nonce: [UInt8](repeating: 0, count: 16))
        var head = Checkpoint(
            number: 1, bundle: opening.bundle, previous: .zero, offset: UInt64(stream.count),
            root: MerkleRoot(leaves: tree.count, root: tree.root), time: 5, monotonic: 5, spools: parts.spools,
            indexLines: 2, ledgerLines: UInt64(parts.ledger.count), custodyLines: 1)
        parts.lie(&head)
        let file = head.encoded() + metadata + parts.ledger.flatMap { $0 } + custody
        try add("meta/checkpoints/000001.jsonl", file)
        try add("meta/checkpoints/000001.sig", try key.sign(file, "exhibit-checkpoint@v1"))
        return stream
    }
}
