internal import Cryptography
internal import StructuredText

@testable import Bundle
@testable import BundleFormat

extension FuzzTarget {
    static let records = [
        indexLine, ledgerLine, custodyLine, checkpoint, openingRecord, recoveryRecord, manifests, bagInfo,
    ]

    /// A line of `meta/index.jsonl`: one form only.
    static let indexLine = FuzzTarget("index-line") {
        [("entry", Array(sampleIndexLine.encoded().dropLast()))]
    } run: { input in
        if let line = accepted({ try IndexLine(decoding: input[...]) }) {
            require(line.encoded() == input + [0x0A], "an index line has one form")
            let metadata = line.metadata
            let again = accepted {
                try IndexLine(metadata: metadata[...], offset: line.offset) { _ in
                    ContentDigest(
                        size: line.size, sha256: line.sha256, segments: line.segments, root: line.root)
                }
            }
            require(again == line, "metadata and digest make the line again")
        }
        _ = accepted {
            try IndexLine(metadata: input[...], offset: 0) { _ in
                ContentDigest(size: 0, sha256: .zero, segments: 1, root: .zero)
            }
        }
    }

    static let ledgerLine = FuzzTarget("ledger-line") {
        let line = LedgerLine(
            attempt: 1, collector: "pods", step: "logs",
            target: Target(kind: "Pod", namespace: "prod", name: "api", container: "app"), source: .api,
            state: .partial,
            reason: Reason(code: "Cut", message: "connection lost"), entries: [try EntryPath("data/a=20b")],
            names: [
                .init(
                    path: try EntryPath("data/a=20b"), sourceNames: [SourceName(Array("a b".utf8)), SourceName([0xFF])])
            ],
            bytes: 9, truncated: Truncation(limit: 9), volatility: 2, started: 1_700_000_000_000_000_000,
            ended: 1_700_000_001_000_000_000, monotonic: 5...9)
        return [("partial", Array(line.encoded().dropLast()))]
    } run: { input in
        roundTrip(input, { try LedgerLine(decoding: $0) }, { Array($0.encoded().dropLast()) })
    }

    /// Lines of `meta/custody.jsonl`, each by itself and as a chain.
    static let custodyLine = FuzzTarget("custody") {
        var chain = CustodyChain()
        let nonce = [UInt8](repeating: 7, count: 16)
        let first = chain.append(.opened, time: 1_700_000_000_000_000_000, monotonic: 0, nonce: nonce)
        let second = chain.append(
            .exec, target: Target(kind: "Pod", name: "api"), detail: ["command": ["ps"]], attempt: 3,
            time: 1_700_000_000_500_000_000, monotonic: 5, nonce: nonce)
        let third = chain.append(.closed, time: 1_700_000_001_000_000_000, monotonic: 9, nonce: nonce)
        return [("chain", first + second + third), ("line", Array(first.dropLast()))]
    } run: { input in
        var checker = CustodyChainChecker()
        for line in input.split(separator: 0x0A, omittingEmptySubsequences: false) {
            roundTrip(Array(line), { try CustodyLine(decoding: $0) }, { Array($0.encoded().dropLast()) })
            _ = accepted { try checker.append(line) }
        }
        _ = accepted { try checker.finish() }
    }

    /// A file of `meta/checkpoints/`, head and lines.
    static let checkpoint = FuzzTarget("checkpoint") {
        let head = Checkpoint(
            number: 1, bundle: .random(), previous: .zero, offset: 1_024, root: MerkleRoot(leaves: 1, root: .zero),
            time: 1_700_000_000_000_000_000, monotonic: 7,
            spools: [
                .init(
                    spool: 3, path: try EntryPath("data/x"), media: "text/plain", segmentation: .lines, attempt: 1,
                    length: 5, sha256: .zero)
            ],
            attempts: [
                OpenAttempt(
                    attempt: 1, collector: "host", step: "journal", target: Target(), source: .node, volatility: 1,
                    started: 1_700_000_000_000_000_000, monotonic: 1)
            ], indexLines: 1, ledgerLines: 0, custodyLines: 0)
        return [
            ("head", Array(head.encoded().dropLast())), ("file", head.encoded() + sampleIndexLine.metadata + [0x0A]),
        ]
    } run: { input in
        roundTrip(input, { try Checkpoint(decoding: $0) }, { Array($0.encoded().dropLast()) })
        guard let file = accepted({ try CheckpointFile(decoding: input) }) else { return }
        var head = Array(input.prefix { $0 != 0x0A })
        head.append(0x0A)
        require(
            head + file.index + file.ledger + file.custody == input, "a checkpoint's parts are all of it, in order")
        var lines = 0
        file.index.forEachLine { _ in lines += 1 }
        require(lines == Int(file.head.indexLines), "a checkpoint has the lines that it says")
    }

    static let openingRecord = FuzzTarget("opening-record") {
        [("host", sampleOpening.encoded())]
    } run: { input in
        guard let record = roundTrip(input, { try OpeningRecord(decoding: $0) }, { $0.encoded() }) else { return }
        let info = BagInfo(opening: record, payloadBytes: 7, payloadFiles: 1, bagged: record.started.wall)
        guard let again = accepted({ try BagInfo(decoding: info.encoded()[...]) }) else {
            return require(false, "bag-info.txt of any opening record can be read")
        }
        require(
            again.fields.count == info.fields.count && again == info,
            "bag-info.txt gives back what any opening record put into it")
    }

    static let recoveryRecord = FuzzTarget("recovery-record") {
        let record = RecoveryRecord(
            time: 1_700_000_000_000_000_000, operator: "me", tool: .init(name: "exhibit", version: "1"),
            sourceSHA256: .zero, sourceSize: 9, checkpoint: 2, partial: [try EntryPath("data/x")], lostBytes: 5,
            lostEntries: [.init(path: try EntryPath("data/y"), bytes: 5, reason: "cut")], unsignedCustodyLines: 1)
        return [("record", record.encoded())]
    } run: { input in
        roundTrip(input, { try RecoveryRecord(decoding: $0) }, { $0.encoded() })
    }

    /// The small files that have exactly one form; the first byte says which.
    static let manifests = FuzzTarget("manifests") {
        let line = ManifestLine(sha256: .zero, path: try EntryPath("data/a"))
        return [
            ("manifest", [0] + line.encoded()),
            ("seal", [1] + Seal(tagManifest: .zero, merkleRoot: .zero, statement: .zero).encoded()),
            ("statement", [2] + Statement(bundle: .random(), root: MerkleRoot(leaves: 3, root: .zero)).encoded()),
            ("root", [3] + MerkleRoot(leaves: 3, root: .zero).encoded()),
            ("salts", [4] + SaltTree(seed: .zero).encoded()),
        ]
    } run: { input in
        guard let kind = input.first else { return }
        let bytes = input.dropFirst()
        let again: [UInt8]? = accepted {
            switch kind {
            case 0: try ManifestLine.decode(bytes).flatMap { $0.encoded() }
            case 1: try Seal(decoding: bytes).encoded()
            case 2: try Statement(decoding: bytes).encoded()
            case 3: try MerkleRoot(decoding: bytes).encoded()
            default: try SaltTree(decoding: bytes).encoded()
            }
        }
        if let again { require(again.elementsEqual(bytes), "a file of kind \(kind) has one form") }
    }

    static let bagInfo = FuzzTarget("bag-info") {
        [
            (
                "info",
                BagInfo(opening: sampleOpening, payloadBytes: 5, payloadFiles: 1, bagged: 1_700_000_000_000_000_000)
                    .encoded()
            )
        ]
    } run: { input in
        guard let info = accepted({ try BagInfo(decoding: input[...]) }) else { return }
        require(info.encoded() == input, "what is read of bag-info.txt is all of it")
    }
}

/// Decodes, encodes and decodes again: a record of what a file says loses nothing, and its own form is stable.
@discardableResult
func roundTrip<Value: Equatable>(
    _ input: [UInt8], _ decode: (ArraySlice<UInt8>) throws -> Value, _ encode: (Value) -> [UInt8]
) -> Value? {
    guard let value = accepted({ try decode(input[...]) }) else { return nil }
    let encoded = encode(value)
    guard let again = accepted({ try decode(encoded[...]) }) else {
        require(false, "what is written of an accepted record is accepted: \(String(decoding: encoded, as: UTF8.self))")
        return nil
    }
    require(again == value, "a record that is written and read again is the same")
    require(encode(again) == encoded, "a record is written in one form")
    return value
}

let sampleOpening: OpeningRecord = {
    var record = OpeningRecord(
        folder: FolderName(source: "exhibit-host"),
        started: .init(wall: 1_700_000_000_123_456_789, boottime: 77), tool: .init(name: "exhibit", version: "0.1"))
    record.caseRecord = .init(id: "C-1", evidence: "E-1", operator: "Ann", purpose: "why", authorisation: "who")
    record.targets = ["host"]
    record.invocation = ["collect", "host"]
    record.clock = .init(synchronized: true, estimatedErrorMicroseconds: 5)
    record.limits = ["deadline": 60]
    record.key = .init(type: "ssh-ed25519", public: "ssh-ed25519 AAAA")
    return record
}()

private let sampleIndexLine = IndexLine(
    path: EntryPath(sourceComponents: [Array("data".utf8), Array("a b".utf8)]), media: "text/plain",
    segmentation: .lines,
    attempt: 4, segments: 2, root: .zero, sha256: .zero, size: 1_500, offset: 2_048)
