import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Glibc
import StructuredText
import TestSupport
import Testing

/// Bundles whose writer was killed: their files are copied between two steps of it.
@Suite struct RecoveryTests {
    @Test(arguments: Container.allCases, [1, 2, 3, 4] as [UInt64])
    func whatTheLastCheckpointProvesIsKept(container: Container, seed: UInt64) async throws {
        try await withFolder { folder in
            let work = try await RecoveryWorkload(
                "\(folder)/b\(container.fileExtension)", container: container, seed: seed)
            var checkpoints: Set<UInt64> = []
            var partial = 0, unended = 0
            for step in 1...240 {
                try await work.step()
                guard step % 12 == 0 else { continue }
                let copy = "\(folder)/\(step)\(container.fileExtension)"
                try work.copy(to: copy + ".partial")
                let recovered = try #require(try await Recovering.check(copy + ".partial", to: copy))
                let proof = try #require(recovered.proof)
                checkpoints.insert(proof.record.checkpoint)
                partial += proof.record.partial.count
                unended += proof.unendedAttempts
                #expect(proof.record.lostEntries == [])
                #expect(recovered.isOpenedByRunKey)
                #expect(!recovered.sealed.isSignedByOperator)
            }
            // Else nothing was tried.
            #expect(checkpoints.count > 3)
            #expect(partial > 0)
            #expect(unended > 0)
            await work.writer.abort()
        }
    }

    @Test func theFirstCheckpointIsThereBeforeAnythingIsCaptured() async throws {
        try await withFolder { folder in
            let writer = try await BundleWriter(opening: try Sample.opening(), outputPath: "\(folder)/b.tar.zst")
            try FileManager.default.copyItem(atPath: writer.partialPath, toPath: "\(folder)/c.partial")
            let recovered = try #require(try await Recovering.check("\(folder)/c.partial", to: "\(folder)/c.tar.zst"))
            #expect(recovered.proof?.record.checkpoint == 1)
            #expect(recovered.proof?.record.lostBytes == 0)
            #expect(recovered.sealed.counts.payloadFiles == 1)
            await writer.abort()
        }
    }

    @Test func theClockAloneMakesCheckpoints() async throws {
        try await withFolder { folder in
            var options = BundleWriter.Options(container: .tar)
            options.firstCheckpointInterval = .milliseconds(20)
            let writer = try await BundleWriter(
                opening: try Sample.opening(), outputPath: "\(folder)/b.tar", options: options)
            let entry = try await writer.entry(
                path: Sample.components("data/slow.log"), media: "text/plain", segments: .lines, attempt: 1)
            try await entry.write(Sample.text(5))
            // Nothing more happens, so there is nothing else that could make one.
            while try await Remains(writer.partialPath).heads.last?.spools.isEmpty != false {
                try await Task.sleep(for: .milliseconds(5))
            }
            let head = try #require(try await Remains(writer.partialPath).heads.last)
            #expect(head.spools.map(\.path.rawValue) == ["data/slow.log"])
            #expect(head.spools.map(\.length) == [UInt64(Sample.text(5).count)])
            await writer.abort()
        }
    }

    @Test func theOpeningIsKeptAndTheSealIsTheRecoverers() async throws {
        try await withFolder { folder in
            let ann = try SSHPrivateKey.generateEd25519(), bob = try SSHPrivateKey.generateEd25519()
            let (annKey, bobKey) = (ann.publicKey, bob.publicKey)
            let work = try await RecoveryWorkload("\(folder)/b.tar", container: .tar, seed: 5, key: ann)
            for _ in 1...60 { try await work.step() }
            try work.copy(to: "\(folder)/c.partial")
            let recovered = try await Recovering.recover("\(folder)/c.partial", to: "\(folder)/c.tar", key: bob)
            #expect(recovered.opener == annKey.fingerprint)
            #expect(!recovered.isOpenedByRunKey)
            #expect(recovered.sealed.signer == bobKey.fingerprint)
            #expect(recovered.sealed.isSignedByOperator)
            let (before, after) = (try await Remains("\(folder)/c.partial"), try await TakenApart("\(folder)/c.tar"))
            for name in ["meta/bundle.json", "meta/bundle.json.sig", "meta/salts", "data/version"] {
                #expect(after.bytes(name) == before.files.first { $0.path == name }?.bytes, "\(name)")
            }
            let actions = after.bytes("meta/custody.jsonl").split(separator: 0x0A).compactMap {
                try? CustodyLine(decoding: $0)
            }
            #expect(actions.suffix(2).first?.detail["operator"]?.string == "Bob Roe")

            func verify(_ anchors: Anchors) async throws -> Verification {
                try await Verifier(anchors: anchors).verify(path: "\(folder)/c.tar")
            }
            // Whoever opened it is somebody else than who sealed it: said, unless a list of signers says who may.
            var verification = try await verify(Anchors())
            #expect(verification.verdict == .consistentNotAuthenticated)
            #expect(verification.identity.findings.map(\.code) == [.opening])
            #expect(verification.completeness.findings.map(\.code) == [.recovered])
            verification = try await verify(Anchors(expectedSealID: recovered.sealed.sealID))
            #expect(verification.verdict == .authentic)
            func allowed(_ keys: SSHPublicKey...) throws -> AllowedSigners {
                try AllowedSigners(
                    parsing: Array(keys.map { "x@example.com \($0.authorizedKeysLine())\n" }.joined().utf8))
            }
            #expect(try await verify(Anchors(allowedSigners: allowed(annKey, bobKey))).verdict == .authentic)
            #expect(try await verify(Anchors(allowedSigners: allowed(bobKey))).verdict == .notAuthentic)
            #expect(try await verify(Anchors(allowedSigners: allowed(annKey))).verdict == .notAuthentic)
            await work.writer.abort()
        }
    }

    @Test func whatWasUnderWayIsSaid() async throws {
        try await withFolder { folder in
            let writer = try await BundleWriter(opening: try Sample.opening(), outputPath: "\(folder)/b.tar.zst")
            for attempt in [1, 2, 3] {
                try await writer.begin(
                    OpenAttempt(
                        attempt: attempt, collector: "redis", step: "exec", target: Target(kind: "pod", name: "api"),
                        source: .inContainer, volatility: 4, started: Sample.started + 9, monotonic: 9))
            }
            var entries: [EntryWriter] = []
            for (number, attempt) in [1, 2, 2, 4].enumerated() {
                entries.append(
                    try await writer.entry(
                        path: Sample.components("data/e\(number)"), media: "text/plain", segments: .lines,
                        attempt: attempt))
                try await entries[number].write(Sample.text(2_000, seed: UInt64(number)))
            }
            try await writer.record(Sample.ledgerLine(1, [try await entries[0].finish()]))
            _ = try await entries[1].finish()
            try await writer.custody(
                action: "exec", target: Target(kind: "pod", name: "db"), attempt: 5, time: Sample.started, monotonic: 3)
            try await fillUp(writer, attempt: 6)
            try await entries[2].write(Sample.noise(100_000))
            try await writer.custody(action: "exec", attempt: 7, time: Sample.started, monotonic: 4)
            try FileManager.default.copyItem(atPath: writer.partialPath, toPath: "\(folder)/c.partial")
            try FileManager.default.copyItem(atPath: writer.partialPath + ".d", toPath: "\(folder)/c.partial.d")
            let recovered = try #require(try await Recovering.check("\(folder)/c.partial", to: "\(folder)/c.tar.zst"))
            let record = try #require(recovered.proof?.record)
            #expect(record.partial.map(\.rawValue) == ["data/e2", "data/e3"])
            #expect(record.unsignedCustodyLines == 1)
            #expect(record.lostBytes == 100_000)

            var lines: [Int: LedgerLine] = [:]
            try await BundleReader(path: "\(folder)/c.tar.zst").ledger { lines[$0.attempt] = $0 }
            #expect(lines.keys.sorted() == [1, 2, 3, 4, 5, 6, 7])
            #expect(lines[1]?.state == .ok)
            #expect(lines[2]?.state == .partial)
            #expect(lines[2]?.entries.map(\.rawValue) == ["data/e1", "data/e2"])
            #expect(lines[2]?.collector == "redis")
            #expect(lines[2]?.target == Target(kind: "pod", name: "api"))
            #expect(lines[3]?.state == .error)
            #expect(lines[3]?.reason?.code == .recovered)
            #expect(lines[3]?.started == Sample.started + 9)
            // Nobody had announced it: its source is the one that is trusted least.
            #expect(lines[4]?.collector == "")
            #expect(lines[4]?.source == .inContainer)
            #expect(lines[5]?.target == Target(kind: "pod", name: "db"))
            #expect(lines[7]?.state == .error)
            await writer.abort()
        }
    }

    /// Writes so much that a checkpoint is made.
    private func fillUp(_ writer: BundleWriter, attempt: Int) async throws {
        let entry = try await writer.entry(
            path: Sample.components("data/fill"), media: "text/plain", segments: .whole, attempt: attempt)
        let bytes = [UInt8](repeating: 0x20, count: 1 << 20)
        for _ in 0..<65 { try await entry.write(bytes) }
        try await writer.record(Sample.ledgerLine(attempt, [try await entry.finish()]))
    }

    @Test(arguments: Container.allCases)
    func aBundleThatOnlyHadNotItsNameIsTakenAsItIs(container: Container) async throws {
        try await withFolder { folder in
            let name = "b\(container.fileExtension)"
            let sealed = try await Sample.write(to: "\(folder)/\(name)", container: container, checkpoints: true)
            try FileManager.default.moveItem(atPath: "\(folder)/\(name)", toPath: "\(folder)/\(name).partial")
            try FileManager.default.removeItem(atPath: "\(folder)/\(name).sha256")
            let recovered = try await Recovering.recover("\(folder)/\(name).partial", to: "\(folder)/\(name)")
            #expect(recovered.proof == nil)
            #expect(recovered.sealed.sealID == sealed.sealID)
            #expect(recovered.sealed.sha256 == sealed.sha256)
            #expect(recovered.sealed.counts.payloadFiles == sealed.counts.payloadFiles)
            #expect(
                FileManager.default.contents(atPath: "\(folder)/\(name)")
                    == FileManager.default.contents(atPath: "\(folder)/\(name).partial"))
            #expect(FileManager.default.fileExists(atPath: "\(folder)/\(name).sha256"))
        }
    }

    @Test(arguments: Container.allCases)
    func theSealMayBeCutAnywhere(container: Container) async throws {
        try await withFolder { folder in
            let path = "\(folder)/b\(container.fileExtension)"
            _ = try await Sample.write(to: path, container: container, checkpoints: true)
            let whole = Array(try #require(FileManager.default.contents(atPath: path)))
            var generator = SeededGenerator(seed: 7)
            for round in 0..<12 {
                let cut = whole.count - 1 - (round < 4 ? round * 40 : generator.next(9_000))
                let copy = "\(folder)/\(round)\(container.fileExtension)"
                _ = FileManager.default.createFile(atPath: copy + ".partial", contents: Data(whole.prefix(cut)))
                let recovered = try #require(try await Recovering.check(copy + ".partial", to: copy))
                #expect(recovered.proof != nil)
            }
        }
    }

    @Test func nothingIsReplacedAndALiveCaptureIsLeftAlone() async throws {
        try await withFolder { folder in
            let work = try await RecoveryWorkload("\(folder)/b.tar", container: .tar, seed: 3)
            for _ in 1...40 { try await work.step() }
            await #expect { _ = try await Recovering.recover(work.partial, to: "\(folder)/c.tar") } throws: {
                ($0 as? BundleError)?.code == .inUse
            }
            try work.copy(to: "\(folder)/c.partial")
            for name in ["d.tar", "d.tar.sha256"] {
                _ = FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: Data("mine".utf8))
                await #expect {
                    _ = try await Recovering.recover("\(folder)/c.partial", to: "\(folder)/d.tar")
                } throws: {
                    ($0 as? BundleError)?.code == .exists
                }
                #expect(FileManager.default.contents(atPath: "\(folder)/\(name)") == Data("mine".utf8))
                try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
            }
            await #expect { _ = try await Recovering.recover("\(folder)/none", to: "\(folder)/d.tar") } throws: {
                ($0 as? BundleError)?.code == .readFailed
            }
            await #expect { _ = try await Recovering.recover(folder, to: "\(folder)/d.tar") } throws: {
                ($0 as? BundleError)?.code == .readFailed
            }
            await #expect {
                _ = try await Recovering.recover("\(folder)/c.partial", to: "\(folder)/none/d.tar")
            } throws: { ($0 as? BundleError)?.code == .writeFailed }
            try await Recovering.check("\(folder)/c.partial", to: "\(folder)/d.tar")
            await work.writer.abort()
        }
    }

    @Test func aKilledRecoveryStartsAgainAndOneUnderWayIsNotDisturbed() async throws {
        try await withFolder { folder in
            let work = try await RecoveryWorkload("\(folder)/b.tar", container: .tar, seed: 8)
            for _ in 1...80 { try await work.step() }
            try work.copy(to: "\(folder)/c.partial")
            let remnant = "\(folder)/c.tar.recovering"
            _ = FileManager.default.createFile(atPath: remnant, contents: Data(Sample.noise(100_000)))
            try FileManager.default.createDirectory(atPath: remnant + ".d", withIntermediateDirectories: false)
            for name in ["index", "custody"] {
                _ = FileManager.default.createFile(atPath: "\(remnant).d/\(name)", contents: Data("old".utf8))
            }
            let descriptor = Glibc.open(remnant, O_RDONLY)
            #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
            await #expect { _ = try await Recovering.recover("\(folder)/c.partial", to: "\(folder)/c.tar") } throws: {
                ($0 as? BundleError)?.code == .inUse
            }
            #expect(FileManager.default.fileExists(atPath: remnant))
            close(descriptor)
            try await Recovering.check("\(folder)/c.partial", to: "\(folder)/c.tar")
            #expect(!FileManager.default.fileExists(atPath: remnant))
            #expect(!FileManager.default.fileExists(atPath: remnant + ".d"))
            await work.writer.abort()
        }
    }

    @Test func theContainerIsThatOfTheName() async throws {
        try await withFolder { folder in
            let work = try await RecoveryWorkload("\(folder)/b.tar", container: .tar, seed: 11)
            for _ in 1...60 { try await work.step() }
            try work.copy(to: "\(folder)/c.partial")
            try await Recovering.check("\(folder)/c.partial", to: "\(folder)/c.tar.zst")
            #expect(try ContainerReader(path: "\(folder)/c.tar.zst").container == .tarZstd)
            try await Recovering.check("\(folder)/c.partial", to: "\(folder)/d")
            #expect(try ContainerReader(path: "\(folder)/d").container == .tar)
            await work.writer.abort()
        }
    }
}
