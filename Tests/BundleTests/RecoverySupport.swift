import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Testing

/// What a killed writer left behind, as these tests read it: without judging, all in memory.
struct Remains {
    /// Files of the archive that are whole, in order, without the folder.
    var files: [(path: String, bytes: [UInt8])] = []
    /// The heads of the checkpoints that have their signature.
    var heads: [Checkpoint] = []
    /// Of all of them, line by line.
    var index: [[UInt8]] = []
    var ledger: [[UInt8]] = []
    var custody: [[UInt8]] = []
    /// Opens the spools; nil when they are as they are.
    private var identity: AgeIdentity?

    /// - Parameter identity: opens them if they are encrypted.
    init(_ partial: String, identity: AgeIdentity? = nil) async throws {
        self.identity = try identity.map { try DecryptedRemains.workIdentity(partial, $0) }
        var files: [(path: String, bytes: [UInt8])] = []
        do {
            let source: any ContainerSource =
                if let identity, let work = self.identity {
                    DecryptedRemains(
                        name: partial,
                        bytes: try DecryptedRemains.content(
                            partial, tail: partial + ".d/archive.tail", identity, tails: work))
                } else {
                    try FileSource(path: partial)
                }
            try await ContainerReader(source: source).entries { entry, body in
                let bytes = try await body.readAll(limit: 1 << 30)
                files.append((String(entry.path.drop { $0 != "/" }.dropFirst()), bytes))
            }
        } catch is ArchiveError {
            // That is where it was cut off.
        }
        self.files = files
        var number = 1
        while let row = files.firstIndex(where: { $0.path == "meta/checkpoints/\(Self.digits(number)).jsonl" }),
            files.dropFirst(row + 1).first?.path == "meta/checkpoints/\(Self.digits(number)).sig"
        {
            var lines = files[row].bytes.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast()[...]
            guard let head = try? Checkpoint(decoding: lines.removeFirst()) else { break }
            heads.append(head)
            index += lines.prefix(Int(head.indexLines)).map { Array($0) }
            ledger += lines.dropFirst(Int(head.indexLines)).prefix(Int(head.ledgerLines)).map { Array($0) }
            custody += lines.suffix(Int(head.custodyLines)).map { Array($0) }
            number += 1
        }
    }

    static func digits(_ number: Int) -> String {
        String(repeating: "0", count: 6 - String(number).count) + String(number)
    }

    /// The entries that the first `count` checkpoints prove, with what is in the archive.
    func entries(provedBy count: Int) throws -> [(path: String, bytes: [UInt8])] {
        try index.prefix(heads.prefix(count).reduce(0) { $0 + Int($1.indexLines) }).map { metadata in
            let path = try #require(String(decoding: metadata, as: UTF8.self).split(separator: "\"").dropFirst(3).first)
            return try #require(files.first { $0.path == path })
        }
    }

    /// The spools that the last checkpoint names, as far as they are there and right; nil for the others.
    func spools(_ folder: String) -> [(spool: Checkpoint.Spool, bytes: [UInt8]?)] {
        (heads.last?.spools ?? []).map { spool in
            let path = "\(folder)/\(spool.spool)"
            let file =
                if let identity {
                    (try? DecryptedRemains.content(path, tail: path + ".tail", identity, tails: identity)) ?? []
                } else {
                    Array(FileManager.default.contents(atPath: path) ?? Data())
                }
            let bytes = Array(file.prefix(Int(spool.length)))
            return (spool, SHA256.digest(of: bytes) == spool.sha256 ? bytes : nil)
        }
    }
}

/// The files of a killed writer and what they hold: to see that nobody changes them.
struct Untouched: Equatable {
    var names: [String]
    var digests: [SHA256Digest]

    init(_ partial: String) throws {
        let folder = partial + ".d"
        let spools = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        names = [partial] + spools.map { "\(folder)/\($0)" }
        digests = names.map { name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: name)
            guard attributes?[.type] as? FileAttributeType == .typeRegular else { return .zero }
            return SHA256.digest(of: Array(FileManager.default.contents(atPath: name) ?? Data()))
        }
    }
}

enum Recovering {
    static let tool = OpeningRecord.Tool(name: "exhibit", version: "9.9.9")

    static func recover(
        _ partial: String, to output: String, key: consuming SSHPrivateKey? = nil, identity: AgeIdentity? = nil,
        encryption: EncryptionChoice = .asBefore
    ) async throws -> RecoveredBundle {
        try await Recoverer(
            operator: "Bob Roe", tool: tool, identities: identity.map { [$0] } ?? [], encryption: encryption
        ).recover(partialPath: partial, outputPath: output, signers: sshSigners(key))
    }

    /// Recovers, and demands that the bundle is sound and holds all that the remains prove, byte for byte; or nil if
    /// nothing is proved, and that was said.
    ///
    /// - Parameters:
    ///   - isDamaged: fewer checkpoints may hold than there are.
    ///   - identity: opens the remains, and the bundle.
    @discardableResult
    static func check(
        _ partial: String, to output: String, isDamaged: Bool = false, identity: AgeIdentity? = nil,
        encryption: EncryptionChoice = .asBefore, at location: SourceLocation = #_sourceLocation
    ) async throws -> RecoveredBundle? {
        let before = try Untouched(partial)
        let remains =
            try await
            (FileManager.default.fileExists(atPath: partial)
            ? Remains(partial, identity: identity) : nil)
        let recovered: RecoveredBundle
        do {
            recovered = try await recover(partial, to: output, identity: identity, encryption: encryption)
        } catch let error as BundleError where error.code == .notRecoverable {
            if !isDamaged { #expect(remains?.heads.isEmpty != false, "\(error)", sourceLocation: location) }
            #expect(try names(beside: output).isEmpty, sourceLocation: location)
            #expect(try Untouched(partial) == before, sourceLocation: location)
            return nil
        }
        #expect(try Untouched(partial) == before, sourceLocation: location)
        let allowed: Set = [output, output + ".sha256"].reduce(into: Set<String>()) {
            $0.insert(($1 as NSString).lastPathComponent)
        }
        #expect(Set(try names(beside: output)).isSubset(of: allowed), sourceLocation: location)
        let identities = identity.map { [$0] } ?? []
        let verification = try await Verifier(
            anchors: Anchors(expectedSealID: recovered.sealed.sealID), deep: true, identities: identities
        ).verify(path: output)
        #expect(verification.failures == [], "\(verification.findings)", sourceLocation: location)
        #expect(verification.verdict == .authentic, sourceLocation: location)
        guard let proof = recovered.proof, let remains else { return recovered }
        #expect(verification.recovery == proof.record, sourceLocation: location)
        let count = Int(proof.record.checkpoint)
        if isDamaged {
            #expect(count <= remains.heads.count, sourceLocation: location)
        } else {
            #expect(count == remains.heads.count, "\(proof.reason)", sourceLocation: location)
        }
        let reader = try await BundleReader(path: output, identities: identities)
        try await compare(reader, proof, remains, count, spools: partial + ".d", at: location)
        return recovered
    }

    private static func names(beside output: String) throws -> [String] {
        let name = (output as NSString).lastPathComponent
        return try FileManager.default.contentsOfDirectory(atPath: (output as NSString).deletingLastPathComponent)
            .filter { $0.hasPrefix(name) && !$0.hasPrefix(name + ".partial") }
    }

    private static func compare(
        _ reader: BundleReader, _ proof: RecoveredBundle.Proof, _ remains: Remains, _ count: Int, spools folder: String,
        at location: SourceLocation
    ) async throws {
        let heads = remains.heads.prefix(count)
        let entries = try remains.entries(provedBy: count)
        let ledger = remains.ledger.prefix(heads.reduce(0) { $0 + Int($1.ledgerLines) })
        let custody = remains.custody.prefix(heads.reduce(0) { $0 + Int($1.custodyLines) })
        var lines: [IndexLine] = []
        try await reader.entries { lines.append($0) }
        #expect(
            lines.prefix(entries.count).map(\.path.rawValue) == entries.map(\.path), "entries", sourceLocation: location
        )
        for (line, entry) in zip(lines, entries) {
            var bytes: [UInt8] = []
            try await reader.content(of: line) { bytes += $0 }
            #expect(bytes == entry.bytes, "\(line.path)", sourceLocation: location)
        }
        if count == remains.heads.count {
            let spools = remains.spools(folder).filter { spool in
                !ledger.contains {
                    String(decoding: $0, as: UTF8.self).hasPrefix("{\"attempt\":\(spool.spool.attempt),")
                }
            }
            #expect(
                proof.record.partial == spools.filter { $0.bytes != nil }.map(\.spool.path), sourceLocation: location)
            #expect(
                proof.record.lostEntries.map(\.path).filter { path in spools.contains { $0.spool.path == path } }
                    == spools.filter { $0.bytes == nil }.map(\.spool.path), sourceLocation: location)
            for case (let spool, let bytes?) in spools {
                #expect(
                    try await reader.content(of: spool.path, limit: 1 << 30) == bytes, "\(spool.path)",
                    sourceLocation: location)
            }
        }
        let foundLedger = try await reader.content(of: EntryPath("meta/ledger.jsonl"), limit: 1 << 30)
        #expect(foundLedger.starts(with: ledger.joined(separator: [0x0A])), "ledger", sourceLocation: location)
        let foundCustody = try await reader.content(of: EntryPath("meta/custody.jsonl"), limit: 1 << 30)
        #expect(foundCustody.starts(with: custody.joined(separator: [0x0A])), "custody", sourceLocation: location)
        var actions: [String] = []
        try await reader.custody { actions.append($0.action.rawValue) }
        #expect(actions.suffix(2) == ["recovered", "closed"], sourceLocation: location)
        #expect(
            actions.count == custody.count + Int(proof.record.unsignedCustodyLines) + 2, sourceLocation: location)
        var ends: [LedgerLine] = []
        try await reader.ledger { ends.append($0) }
        for line in ends.dropFirst(ledger.count) {
            #expect(line.reason?.code == .recovered, sourceLocation: location)
            #expect(line.state == (line.entries.isEmpty ? .error : .partial), sourceLocation: location)
        }
        #expect(ends.count - ledger.count == proof.unendedAttempts, sourceLocation: location)
    }
}

/// Remains that are damaged and then recovered.
extension Recovering {
    /// The files of a killed writer, in `folder/b.partial` and `folder/b.partial.d`: with some checkpoints, of which the
    /// last names some spools.
    static func remains(
        _ folder: String, container: Container, seed: UInt64 = 21
    ) async throws -> (path: String, bytes: [UInt8], remains: Remains) {
        let work = try await RecoveryWorkload("\(folder)/w", container: container, seed: seed, isSmall: true)
        let path = "\(folder)/b.partial"
        for step in 1...3_000 {
            try await work.step()
            guard step % 20 == 0 else { continue }
            try work.copy(to: path)
            let remains = try await Remains(path)
            if remains.heads.count > 5, remains.heads.last?.spools.count ?? 0 >= 2 {
                await work.writer.abort()
                return (path, Array(try #require(FileManager.default.contents(atPath: path))), remains)
            }
            for name in [path, path + ".d"] { try? FileManager.default.removeItem(atPath: name) }
        }
        throw BundleError(code: .notRecoverable, doing: "making remains", reason: "3,000 steps did not do")
    }

    /// Puts other bytes in its place, keeps the spools, and recovers.
    @discardableResult
    static func check(
        _ folder: String, _ bytes: some Collection<UInt8>, isDamaged: Bool = false,
        at location: SourceLocation = #_sourceLocation
    ) async throws -> RecoveredBundle? {
        _ = FileManager.default.createFile(atPath: "\(folder)/b.partial", contents: Data(bytes))
        defer { for name in ["r", "r.sha256"] { try? FileManager.default.removeItem(atPath: "\(folder)/\(name)") } }
        return try await check(
            "\(folder)/b.partial", to: "\(folder)/r", isDamaged: isDamaged, at: location)
    }
}
