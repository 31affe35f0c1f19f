import BundleFormat
import Cryptography
import StructuredText
import TestSupport
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000000000Z"), (1_795_230_855_926_535_897, "2026-11-21T03:14:15.926535897Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"), (951_782_400_000_000_000, "2000-02-29T00:00:00.000000000Z"),
    ])
    func known(nanoseconds: Int64, text: String) {
        #expect(Timestamp.text(nanoseconds) == text)
        #expect(Timestamp.nanoseconds(text) == nanoseconds)
    }

    @Test func anyTimeComesBack() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<2_000 {
            let time = Int64.random(in: -9_000_000_000_000_000_000...9_000_000_000_000_000_000, using: &generator)
            #expect(Timestamp.nanoseconds(Timestamp.text(time)) == time)
        }
    }

    @Test(arguments: [
        "2026-02-30T00:00:00.000000000Z", "2026-11-21T03:14:15Z", "2026-11-21 03:14:15.926535897Z",
        "2026-11-21T24:00:00.000000000Z", "2026-11-21T03:14:60.000000000Z", "9999-01-01T00:00:00.000000000Z", "",
    ])
    func refused(text: String) {
        #expect(Timestamp.nanoseconds(text) == nil)
    }
}

@Suite struct LedgerLineTests {
    private let line = LedgerLine(
        attempt: 7, collector: "pod", step: "logs",
        target: Target(namespace: "prod", name: "api-7d9", container: "app"),
        source: .api, state: .partial, reason: Reason(code: "ByteLimit", message: "cut off \"here\"\n"),
        entries: [EntryPath(sourceComponents: [Array("data".utf8), [0xFF]])],
        names: [
            .init(
                path: EntryPath(sourceComponents: [Array("data".utf8), [0xFF]]),
                sourceNames: [SourceName(Array("data".utf8)), SourceName([0xFF])])
        ],
        bytes: 42, truncated: Truncation(limit: 42), volatility: 3, started: 1, ended: 2, monotonic: 5...9)

    @Test func aLineComesBackAsItWas() throws {
        let bytes = line.encoded()
        #expect(bytes.filter { $0 == 0x0A }.count == 1)
        #expect(try LedgerLine(decoding: bytes.dropLast()) == line)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains(#""names":{"data/=FF":["data",{"base64":"/w=="}]}"#))
        #expect(text.contains(#""target":{"namespace":"prod","name":"api-7d9","container":"app"}"#))
    }

    @Test func aGoodEndHasNoReason() throws {
        var good = line
        good.state = .ok
        #expect(try LedgerLine(decoding: good.encoded().dropLast()).reason == nil)
    }

    @Test func unknownMembersAreIgnored() throws {
        let text = String(decoding: line.encoded().dropLast(), as: UTF8.self)
        let extended = text.dropLast() + #","later":{"a":[1]}}"#
        #expect(try LedgerLine(decoding: Array(extended.utf8)[...]) == line)
    }

    @Test(arguments: [
        (#""attempt":7"#, #""attempt":0"#), (#""attempt":7"#, #""attempt":"7""#),
        (#""attempt":7"#, #""attempt":7,"attempt":8"#),
        (#""state":"partial""#, #""state":"fine""#), (#""source":"api""#, #""source":"root""#),
        (#""bytes":42"#, #""bytes":-1"#), (#""bytes":42"#, #""bytes":9223372036854775808"#),
        (#""bytes":42"#, #""bytes": 42"#),
        (#"[5,9]"#, #"[9,5]"#), (#""data/=FF"]"#, #""data/../x"]"#), (#""state":"partial""#, #""state":"ok""#),
        (#""collector":"pod","step":"logs""#, #""step":"logs","collector":"pod""#), (#""/w==""#, #""/x==""#),
    ])
    func hostileLinesAreRefused(part: String, replacement: String) {
        let text = String(decoding: line.encoded().dropLast(), as: UTF8.self)
        let changed = text.replacing(part, with: replacement)
        #expect(changed != text)
        #expect(throws: FormatError.self) { try LedgerLine(decoding: Array(changed.utf8)[...]) }
    }
}

@Suite struct CustodyChainTests {
    private func chain(_ actions: [CustodyLine.Action]) -> [[UInt8]] {
        var chain = CustodyChain()
        return actions.enumerated().map { index, action in
            chain.append(
                action, detail: ["argv": ["ls"]], attempt: index, time: Int64(index), monotonic: Int64(index),
                nonce: Array(repeating: UInt8(index), count: 16))
        }
    }

    private func check(_ lines: [[UInt8]]) throws {
        var checker = CustodyChainChecker()
        for line in lines { _ = try checker.append(line.dropLast()) }
        try checker.finish()
    }

    @Test func aChainHolds() throws {
        try check(chain([.opened, .exec, .execEndedUnseen, .closed]))
        try check(chain([.opened, .closed, .recovered, .closed]))
    }

    @Test func everyBreakIsSeen() {
        let lines = chain([.opened, .exec, .podCreated, .closed])
        #expect(throws: FormatError.self) { try check(Array(lines.dropLast())) }
        #expect(throws: FormatError.self) { try check(Array(lines.dropFirst())) }
        #expect(throws: FormatError.self) { try check([lines[0], lines[2], lines[3]]) }
        #expect(throws: FormatError.self) { try check([lines[0], lines[2], lines[1], lines[3]]) }
        #expect(throws: FormatError.self) { try check(chain([.exec, .closed])) }
        #expect(throws: FormatError.self) { try check(chain([.opened, .closed, .exec, .closed])) }
        #expect(throws: FormatError.self) { try check([]) }
        var edited = lines
        edited[1][edited[1].count - 4] ^= 1
        #expect(throws: FormatError.self) { try check(edited) }
    }
}

@Suite struct SealTests {
    private let root = MerkleRoot(leaves: 12, root: SHA256.digest(of: "root"))

    @Test func everyFileHasOneForm() throws {
        let bundle = try #require(BundleID("00112233445566778899aabbccddeeff"))
        let statement = Statement(bundle: bundle, root: root)
        let seal = Seal(tagManifest: .zero, merkleRoot: root.root, statement: SHA256.digest(of: statement.encoded()))
        #expect(try Statement(decoding: statement.encoded()[...]) == statement)
        #expect(try Seal(decoding: seal.encoded()[...]) == seal)
        #expect(try MerkleRoot(decoding: root.encoded()[...]) == root)
        var generator = SeededGenerator(seed: 11)
        for bytes in [statement.encoded(), seal.encoded(), root.encoded()] {
            for _ in 0..<1_000 {
                var changed = bytes
                changed[Int.random(in: bytes.indices, using: &generator)] ^= UInt8(
                    1 << Int.random(in: 0..<8, using: &generator))
                if let other = try? Statement(decoding: changed[...]) { #expect(other != statement) }
                if let other = try? Seal(decoding: changed[...]) { #expect(other != seal) }
                if let other = try? MerkleRoot(decoding: changed[...]) { #expect(other != root) }
            }
            #expect(throws: FormatError.self) { try Statement(decoding: (bytes + [0x20])[...]) }
            #expect(throws: FormatError.self) { try Seal(decoding: (bytes + [0x0A])[...]) }
            #expect(throws: FormatError.self) { try MerkleRoot(decoding: (bytes + [0x0A])[...]) }
        }
    }

    @Test func sealIDsArePasted() {
        let id = SealID(SHA256.digest(of: "x"))
        #expect(SealID("  \(id.description.uppercased())\n") == id)
        #expect(SealID("abc") == nil)
    }

    @Test func checkpointsComeBackAsTheyWere() throws {
        var checkpoint = Checkpoint(
            number: 3, bundle: try #require(BundleID("00112233445566778899aabbccddeeff")), previous: .zero,
            offset: 1_024,
            root: root, time: 9, monotonic: 8,
            spools: [
                .init(
                    spool: 4, path: try EntryPath("data/x"), media: "text/plain", segmentation: .lines, attempt: 2,
                    length: 77, sha256: .zero)
            ], indexLines: 1, ledgerLines: 2, custodyLines: 3)
        #expect(try Checkpoint(decoding: checkpoint.encoded().dropLast()) == checkpoint)
        #expect(!String(decoding: checkpoint.encoded(), as: UTF8.self).contains("attempts"))
        checkpoint.attempts = [
            OpenAttempt(
                attempt: 5, collector: "redis", step: "exec", target: Target(kind: "pod", name: "db"),
                source: .inContainer, volatility: 3, started: 7, monotonic: 6)
        ]
        let bytes = checkpoint.encoded().dropLast()
        #expect(try Checkpoint(decoding: bytes) == checkpoint)
        for (part, replacement) in [
            (#"[{"attempt":5"#, #"[{"attempt":0"#), (#""source":"in-container""#, #""source":"x""#),
            (#""attempts":[{"#, #""attempts":[3,{"#), (#""attempts":["#, #""attempts":7,"x":["#),
        ] {
            let changed = String(decoding: bytes, as: UTF8.self).replacing(part, with: replacement)
            #expect(changed.utf8.count != bytes.count || !changed.utf8.elementsEqual(bytes))
            #expect(throws: FormatError.self) { try Checkpoint(decoding: Array(changed.utf8)[...]) }
        }
    }

    @Test func recordsOfARecoveryComeBackAsTheyWere() throws {
        var record = RecoveryRecord(
            time: 9, operator: "Bob \"Roe\"", tool: .init(name: "exhibit", version: "1"), sourceSHA256: .zero,
            sourceSize: 77, checkpoint: 3, partial: [try EntryPath("data/a")], lostBytes: 5,
            lostEntries: [.init(path: try EntryPath("data/b"), bytes: 4, reason: "gone")], unsignedCustodyLines: 2)
        let bytes = record.encoded()
        #expect(try RecoveryRecord(decoding: bytes[...]) == record)
        #expect(throws: FormatError.self) { try RecoveryRecord(decoding: bytes.dropLast()) }
        for (part, replacement) in [
            ("data/a", "data/../a"), (#""checkpoint":3"#, #""checkpoint":-3"#), (#""bytes":5"#, #""bytes":5.0"#),
            (#""operator""#, #""Operator""#), (#","custody":{"unsigned":2}"#, ""), (#"["data/a"]"#, #"[1]"#),
            (#""entries":["#, #""entries":[1,"#), (#""size":77"#, #""size": 77"#),
        ] {
            let changed = String(decoding: bytes, as: UTF8.self).replacing(part, with: replacement)
            #expect(!changed.utf8.elementsEqual(bytes))
            #expect(throws: FormatError.self) { try RecoveryRecord(decoding: Array(changed.utf8)[...]) }
        }
        record.addLost(bytes: .max)
        record.addLost(bytes: .max)
        #expect(try RecoveryRecord(decoding: record.encoded()[...]).lostBytes == UInt64(Int64.max))
    }

    @Test func manifestsAreStrict() throws {
        let line = ManifestLine(sha256: .zero, path: try EntryPath("data/a"))
        #expect(try ManifestLine.decode((line.encoded() + line.encoded())[...]).count == 2)
        #expect(try ManifestLine.decode([]).isEmpty)
        #expect(throws: FormatError.self) { try ManifestLine.decode(line.encoded().dropLast()) }
        #expect(throws: FormatError.self) { try ManifestLine.decode((line.encoded() + [0x0A])[...]) }
        #expect(throws: FormatError.self) {
            try ManifestLine(decoding: Array("\(SHA256Digest.zero) *data/a".utf8)[...])
        }
        #expect(throws: FormatError.self) {
            try ManifestLine(decoding: Array("\(SHA256Digest.zero)  /etc/passwd".utf8)[...])
        }
    }
}

@Suite struct BundleLayoutTests {
    @Test func everyPathHasItsPlaceOrNone() throws {
        let ordered = [
            "bagit.txt", "meta/bundle.json", "meta/bundle.json.sig", "meta/salts", "data/version", "data/x",
            "meta/recovery.json", "meta/ledger.jsonl", "meta/custody.jsonl", "meta/index.jsonl", "manifest-sha256.txt",
            "bag-info.txt", "meta/merkle-root.txt", "meta/statement.json", "tagmanifest-sha256.txt", "seal.sha256",
            "sig/seal.1.ssh.sig", "sig/manifest-sha256.txt", "records/000001.json", "records/manifest-sha256.txt",
        ]
        let orders = try ordered.map { try #require(BundleLayout.rule(for: EntryPath($0))).order }
        #expect(zip(orders, orders.dropFirst()).allSatisfy { $0 < $1 })
        for path in [
            "meta/x", "x", "sig/x", "sig/seal.0.ssh.sig", "sig/seal.01.ssh.sig", "sig/seal.1.gpg", "records/1.json",
            "meta/checkpoints/1.jsonl", "meta/checkpoints/000000.sig", "meta/definitions/a/b", "records/000001.jsonx",
        ] {
            #expect(BundleLayout.rule(for: try EntryPath(path)) == nil)
        }
    }
}

/// Found by fuzzing: what was said of a statement with a damaged end had a line end in it, and of an unknown label the label.
struct RefusalWordTests {
    @Test func hostileTextIsSaidInPrintableCharacters() {
        let bytes = Array("Bag-\u{1B}]0;owned\u{07}\u{0}: x\n".utf8)
        do {
            _ = try BagInfo(decoding: bytes[...])
            Issue.record("an unknown label was accepted")
        } catch {
            #expect("\(error)".utf8.allSatisfy { (0x20..<0x7F).contains($0) }, "\(error)")
            #expect("\(error)".contains("Bag-?]0;owned??"))
        }
    }

    @Test func whatIsTooLongToSayIsCutAndMarked() {
        let bytes = Array((String(repeating: "x", count: 5_000) + ": y\n").utf8)
        let refusal = #expect(throws: FormatError.self) { _ = try BagInfo(decoding: bytes[...]) }
        #expect(refusal?.subject == String(repeating: "x", count: FormatLimits.path) + "...")
    }

    @Test func refusalsAreOneLine() {
        var bytes = Statement(bundle: .random(), root: MerkleRoot(leaves: 3, root: .zero)).encoded()
        bytes[bytes.count - 1] = 0x20
        do {
            _ = try Statement(decoding: bytes[...])
            Issue.record("a statement without a line end was accepted")
        } catch {
            #expect(!"\(error)".utf8.contains(0x0A), "\(error)")
        }
    }
}
