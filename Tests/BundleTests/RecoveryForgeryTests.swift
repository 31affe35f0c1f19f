import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Testing

/// Partial bundles that somebody made or changed who means harm.
@Suite struct RecoveryForgeryTests {
    /// Writes files as a writer would have, up to where it was killed.
    private func tar(_ files: [(path: String, bytes: [UInt8])]) throws -> [UInt8] {
        try files.flatMap { file in
            try StrictTar.header(
                path: "case-1/" + file.path, size: UInt64(file.bytes.count),
                modificationTime: try Sample.opening().started.unix)
                + file.bytes + [UInt8](repeating: 0, count: StrictTar.padding(size: UInt64(file.bytes.count)))
        }
    }

    @Test func whatIsNotTheRunsOwnCheckpointEndsTheProof() async throws {
        try await withFolder { folder in
            let (_, _, remains) = try await Recovering.remains(folder, container: .tar)
            let count = remains.heads.count
            let other = try SSHPrivateKey.generateEd25519()
            func name(_ number: Int) -> String { "meta/checkpoints/\(Remains.digits(number))" }
            func row(_ number: Int, _ suffix: String) throws -> Int {
                try #require(remains.files.firstIndex { $0.path == name(number) + suffix })
            }
            func checkpoint(_ change: ([(path: String, bytes: [UInt8])]) throws -> [(path: String, bytes: [UInt8])])
                async throws -> RecoveredBundle?
            {
                try await Recovering.check(folder, try tar(try change(remains.files)), isDamaged: true)
            }
            #expect(try await checkpoint { $0 }?.proof?.record.checkpoint == UInt64(count))

            // Signed by another key; by the run's key, but for something else; not signed.
            let last = try row(count, ".jsonl")
            for namespace in ["exhibit-checkpoint@v1", "exhibit-bundle@v1"] {
                let forged = try await checkpoint { files in
                    var files = files
                    files[last + 1].bytes = try SSHSignature.sign(
                        message: files[last].bytes, namespace: namespace, key: other
                    ).armored
                    return files
                }
                #expect(forged?.proof?.record.checkpoint == UInt64(count - 1))
                #expect(forged?.proof?.reason.contains("checkpoint \(count)") == true)
            }
            let unsigned = try await checkpoint { Array($0.prefix(last + 1)) }
            #expect(unsigned?.proof?.record.checkpoint == UInt64(count - 1))
            let skipped = try await checkpoint { files in
                files.enumerated().filter { $0.offset != last + 1 }.map(\.element)
            }
            #expect(skipped?.proof?.record.checkpoint == UInt64(count - 1))

            // An old one again, as the next one; two that changed places; one left out.
            let replayed = try await checkpoint { files in
                let old = try row(1, ".jsonl")
                return files.prefix(last + 2) + [
                    (name(count + 1) + ".jsonl", files[old].bytes), (name(count + 1) + ".sig", files[old + 1].bytes),
                ]
            }
            #expect(replayed?.proof?.record.checkpoint == UInt64(count))
            let instead = try await checkpoint { files in
                var files = files
                let old = try row(count - 1, ".jsonl")
                files[last].bytes = files[old].bytes
                files[last + 1].bytes = files[old + 1].bytes
                return files
            }
            #expect(instead?.proof?.record.checkpoint == UInt64(count - 1))
            let removed = try await checkpoint { files in
                let gone = try row(2, ".jsonl")
                return files.enumerated().filter { $0.offset != gone && $0.offset != gone + 1 }.map(\.element)
            }
            #expect(removed?.proof?.record.checkpoint == 1)

            // An entry put in, taken out, renamed, changed: what is behind it counts for nothing.
            let entry = try #require(
                remains.files.firstIndex { $0.path.hasPrefix("data/x/") && !$0.bytes.isEmpty })
            let before = UInt64(
                remains.files[..<entry].count { $0.path.hasSuffix(".sig") && $0.path.contains("checkpoints") })
            let changes: [(inout [(path: String, bytes: [UInt8])]) -> Void] = [
                { $0.insert(("data/planted", [1]), at: entry) }, { $0.remove(at: entry) },
                { $0[entry].path = "data/x/other" }, { $0[entry].bytes[0] ^= 1 },
                { $0[entry].bytes.removeLast() }, { $0.insert(("meta/definitions/x.yaml", [1]), at: entry) },
                { $0.insert(("README", [1]), at: entry) }, { $0.insert(("meta/salts", $0[3].bytes), at: entry) },
            ]
            for (number, change) in changes.enumerated() {
                let recovered = try await checkpoint { files in
                    var files = files
                    change(&files)
                    return files
                }
                #expect(recovered?.proof?.record.checkpoint == before, "change \(number)")
            }
        }
    }

    @Test func recordCustodyAndCheckpointsMustTellTheSame() async throws {
        try await withFolder { folder in
            let (path, _, _) = try await Recovering.remains(folder, container: .tar)
            _ = try await Recovering.recover(path, to: "\(folder)/r.tar")
            func failures(_ change: (inout TakenApart) throws -> Void) async throws -> Set<String> {
                var parts = try await TakenApart("\(folder)/r.tar")
                try change(&parts)
                try? FileManager.default.removeItem(atPath: "\(folder)/c.tar")
                try await parts.write(to: "\(folder)/c.tar")
                return try await Verifier().verify(path: "\(folder)/c.tar").failures
            }
            let record = "meta/recovery.json", custody = "meta/custody.jsonl"
            #expect(try await failures { _ in } == [])
            #expect(try await failures { $0.files.remove(at: $0.index(record)) }.contains("missing \(record)"))
            let earlier = try await failures { parts in
                var bytes = try RecoveryRecord(decoding: parts.bytes(record)[...])
                bytes.checkpoint -= 1
                parts.files[parts.index(record)].bytes = bytes.encoded()
            }
            #expect(earlier.contains("checkpoint \(record)"))
            #expect(try await failures { $0.files[$0.index(record)].bytes = [] }.contains("malformed \(record)"))
            let unsaid = try await failures { parts in
                let lines = parts.bytes(custody).split(separator: 0x0A).filter { line in
                    (try? CustodyLine(decoding: line))?.action != .recovered
                }
                parts.files[parts.index(custody)].bytes = lines.flatMap { $0 + [0x0A] }
            }
            #expect(unsaid.contains("custody \(custody)"))
        }
    }

    @Test func anOpeningThatIsNotWhatWasSignedProvesNothing() async throws {
        try await withFolder { folder in
            let (_, _, remains) = try await Recovering.remains(folder, container: .tar)
            let other = try SSHPrivateKey.generateEd25519()
            let changes: [(inout [(path: String, bytes: [UInt8])]) throws -> Void] = [
                { $0[1].bytes[60] ^= 1 },
                { $0[2].bytes = try SSHSignature.sign(message: [1], namespace: "exhibit-open@v1", key: other).armored },
                { $0[2].bytes = try SSHSignature.sign(message: $0[1].bytes, namespace: "file", key: other).armored },
                { $0[3].bytes = SaltTree(seed: .zero).encoded() }, { $0[3].bytes.removeLast() },
                { $0.remove(at: 1) }, { $0.remove(at: 2) }, { $0.remove(at: 3) }, { $0.swapAt(1, 2) },
                { $0[1].bytes = [] }, { $0[2].bytes = [UInt8](repeating: 0x41, count: 40_000) },
                { $0[1].bytes += [UInt8](repeating: 0x20, count: 2 << 20) },
            ]
            for (number, change) in changes.enumerated() {
                var files = remains.files
                try change(&files)
                let recovered = try await Recovering.check(folder, try tar(files), isDamaged: true)
                #expect(recovered == nil, "change \(number)")
            }
            for bytes in [[], [0], Array("hello".utf8), Sample.noise(5_000), [UInt8](repeating: 0, count: 4_096)] {
                #expect(try await Recovering.check(folder, bytes, isDamaged: true) == nil)
            }
        }
    }

    /// Who makes a run's key of their own can sign anything. What comes of it must still be a bundle, or nothing.
    @Test func contradictionsUnderARunsKeyOfOnesOwnMakeNoBundle() async throws {
        try await withFolder { folder in
            let forger = try Forger()
            let spool = Checkpoint.Spool(
                spool: 1, path: try EntryPath("data/s"), media: "text/plain", segmentation: .lines, attempt: 7,
                length: 3,
                sha256: SHA256.digest(of: Array("abc".utf8)))
            try FileManager.default.createDirectory(atPath: "\(folder)/b.partial.d", withIntermediateDirectories: false)
            _ = FileManager.default.createFile(atPath: "\(folder)/b.partial.d/1", contents: Data("abcdef".utf8))
            func recover(_ parts: Forger.Parts) async throws -> BundleError.Code? {
                do {
                    let recovered = try await Recovering.check(folder, try forger.partial(parts), isDamaged: true)
                    return recovered == nil ? .notRecoverable : nil
                } catch let error as BundleError {
                    #expect(!FileManager.default.fileExists(atPath: "\(folder)/r.recovering"))
                    return error.code
                }
            }
            #expect(try await recover(.init(spools: [spool])) == nil)
            var bad = spool
            for path in ["meta/ledger.jsonl", "seal.sha256", "data2/x", "meta/definitions/x"] {
                bad.path = try EntryPath(path)
                #expect(try await recover(.init(spools: [bad])) == .notRecoverable, "\(path)")
            }
            bad.path = try EntryPath("data/other")
            #expect(try await recover(.init(spools: [spool, bad])) == .notRecoverable)
            bad.spool = 2
            bad.path = spool.path
            #expect(try await recover(.init(spools: [spool, bad])) == .notRecoverable)
            // A path that an entry has already.
            bad = spool
            bad.path = try EntryPath("data/version")
            #expect(try await recover(.init(spools: [bad])) == .notRecoverable)
            // Its length is beyond all files.
            bad.path = spool.path
            bad.length = 1 << 56
            #expect(try await recover(.init(spools: [bad])) == nil)
            bad.length += 1
            #expect(try await recover(.init(spools: [bad])) == .notRecoverable)
            // So many of them that their sum is beyond all numbers.
            bad.length = 1 << 56
            let many = try (1...300).map { number in
                var spool = bad
                spool.spool = UInt64(number)
                spool.path = try EntryPath("data/s\(number)")
                return spool
            }
            #expect(try await recover(.init(spools: many)) == nil)
            // Attempts that had ended without it.
            #expect(try await recover(.init(spools: [spool], ledger: [Sample.ledgerLine(7, []).encoded()])) == nil)
            // Ledger lines that name what is not there, twice, or are none.
            let receipt = EntryReceipt(path: spool.path, size: 3, sha256: spool.sha256)
            #expect(try await recover(.init(ledger: [Sample.ledgerLine(7, [receipt]).encoded()])) == .notRecoverable)
            let line = Sample.ledgerLine(8, []).encoded()
            #expect(try await recover(.init(ledger: [line, line])) == .notRecoverable)
            #expect(try await recover(.init(ledger: [Array("{}\n".utf8)])) == .notRecoverable)
            // More lines than there are, and heads that lie.
            #expect(try await recover(.init(lie: { $0.indexLines = .max })) == .notRecoverable)
            #expect(try await recover(.init(lie: { $0.ledgerLines += 1 })) == .notRecoverable)
            #expect(try await recover(.init(lie: { $0.offset += 512 })) == .notRecoverable)
            #expect(try await recover(.init(lie: { $0.root.leaves += 1 })) == .notRecoverable)
            #expect(try await recover(.init(lie: { $0.bundle = .random() })) == .notRecoverable)
            #expect(try await recover(.init(lie: { $0.number = 2 })) == .notRecoverable)
            #expect(try await recover(.init(lie: { $0.previous = SHA256.digest(of: [1]) })) == .notRecoverable)
            let again = OpenAttempt(
                attempt: 9, collector: "x", step: "y", target: Target(), source: .api, volatility: .max,
                started: .max / 2, monotonic: .max)
            #expect(try await recover(.init(lie: { $0.attempts = [again, again] })) == nil)
        }
    }
}
