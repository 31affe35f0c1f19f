import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Glibc
import TestSupport
import Testing

/// What is left of a killed writer may be damaged too, or made by somebody who means harm.
@Suite struct RecoveryDamageTests {
    // MARK: Cut and changed

    @Test func cutAtEveryFrame() async throws {
        try await withFolder { folder in
            let (_, bytes, _) = try await Recovering.remains(folder, container: .tarZstd)
            let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
            let frames = (0..<(bytes.count - 4)).filter {
                bytes[$0] == magic[0] && bytes[$0..<($0 + 4)].elementsEqual(magic)
            }
            #expect(frames.count > 3)
            var checkpoints: Set<UInt64?> = []
            for (number, frame) in frames.enumerated() {
                let cut = max(0, frame + [0, 1, -1][number % 3])
                checkpoints.insert(try await Recovering.check(folder, bytes.prefix(cut))?.proof?.record.checkpoint)
            }
            #expect(checkpoints.count > 3)
            #expect(checkpoints.contains(nil))
        }
    }

    @Test func cutAtEveryEntry() async throws {
        try await withFolder { folder in
            let (path, bytes, _) = try await Recovering.remains(folder, container: .tar)
            var offsets: [Int] = []
            _ = try? await ContainerReader(path: path).entries { entry, _ in
                offsets += [Int(entry.offset), Int(entry.contentOffset), Int(entry.contentOffset + entry.size)]
            }
            var checkpoints: Set<UInt64?> = []
            // Every entry, each at another place.
            for (number, cut) in offsets.enumerated() where number % 3 == number / 3 % 3 {
                checkpoints.insert(try await Recovering.check(folder, bytes.prefix(cut))?.proof?.record.checkpoint)
            }
            #expect(checkpoints.count > 3)
        }
    }

    @Test(arguments: Container.allCases)
    func cutAnywhere(container: Container) async throws {
        try await withFolder { folder in
            let (_, bytes, _) = try await Recovering.remains(folder, container: container, seed: 22)
            var generator = SeededGenerator(seed: 1)
            for _ in 0..<40 { try await Recovering.check(folder, bytes.prefix(generator.next(bytes.count + 1))) }
            // A file system may have given the file its length and not yet its content.
            for _ in 0..<10 {
                let cut = generator.next(bytes.count + 1)
                let zeros = [UInt8](repeating: 0, count: generator.next(200_000))
                try await Recovering.check(folder, bytes.prefix(cut) + zeros, isDamaged: true)
                try await Recovering.check(
                    folder, bytes.prefix(cut) + Sample.noise(generator.next(200_000)), isDamaged: true)
            }
        }
    }

    @Test(arguments: Container.allCases)
    func aFlippedBitCostsWhatIsBehindItAndNoMore(container: Container) async throws {
        try await withFolder { folder in
            let (_, bytes, whole) = try await Recovering.remains(folder, container: container, seed: 23)
            var generator = SeededGenerator(seed: 2)
            var counts: Set<UInt64> = []
            for _ in 0..<80 {
                let position = generator.next(bytes.count)
                var changed = bytes
                changed[position] ^= 1 << UInt8(generator.next(8))
                _ = FileManager.default.createFile(atPath: "\(folder)/b.partial", contents: Data(changed))
                let recovered: RecoveredBundle
                do {
                    recovered = try await Recovering.recover("\(folder)/b.partial", to: "\(folder)/r")
                } catch let error as BundleError {
                    #expect(error.code == .notRecoverable || error.code == .unsupported, "byte \(position): \(error)")
                    continue
                }
                let count = try #require(recovered.proof?.record.checkpoint)
                counts.insert(count)
                let verification = try await Verifier(deep: true).verify(path: "\(folder)/r")
                #expect(verification.failures == [])
                // What it holds is what was written, wherever the bit was.
                let reader = try await BundleReader(path: "\(folder)/r")
                for entry in try whole.entries(provedBy: Int(count)) {
                    #expect(try await reader.content(of: EntryPath(entry.path), limit: 1 << 30) == entry.bytes)
                }
                if container == .tar, position < whole.heads[Int(count) - 1].offset {
                    Issue.record("byte \(position) is before checkpoint \(count), which holds")
                }
                for name in ["r", "r.sha256"] { try FileManager.default.removeItem(atPath: "\(folder)/\(name)") }
            }
            #expect(counts.count > 2)
        }
    }

    // MARK: Spools

    @Test func spoolsThatAreNotRightAreLostAndSaid() async throws {
        try await withFolder { folder in
            let (path, _, remains) = try await Recovering.remains(folder, container: .tar)
            let spools = remains.heads[remains.heads.count - 1].spools
            let manager = FileManager.default
            let first = "\(path).d/\(spools[0].spool)"
            let content = Array(try #require(manager.contents(atPath: first)))
            let outside = "\(folder)/outside"
            _ = manager.createFile(atPath: outside, contents: Data(content))
            var changed = content
            changed[content.count / 3] ^= 1
            let ways: [(String, () throws -> Void)] = [
                ("gone", {}),
                (
                    "shorter",
                    { _ = manager.createFile(atPath: first, contents: Data(content.prefix(Int(spools[0].length) - 1))) }
                ),
                ("empty", { _ = manager.createFile(atPath: first, contents: nil) }),
                ("changed", { _ = manager.createFile(atPath: first, contents: Data(changed)) }),
                ("link", { try manager.createSymbolicLink(atPath: first, withDestinationPath: outside) }),
                ("FIFO", { #expect(mkfifo(first, 0o600) == 0) }),
                ("folder", { try manager.createDirectory(atPath: first, withIntermediateDirectories: false) }),
            ]
            for (name, make) in ways {
                try? manager.removeItem(atPath: first)
                try make()
                let recovered = try await Recovering.recover(path, to: "\(folder)/\(name)")
                let record = try #require(recovered.proof?.record)
                #expect(record.lostEntries.map(\.path) == [spools[0].path], "\(name)")
                #expect(record.lostEntries.first?.bytes == spools[0].length, "\(name)")
                #expect(record.partial.count == spools.count - 1, "\(name)")
                #expect(record.lostBytes >= spools[0].length, "\(name)")
                let verification = try await Verifier(deep: true).verify(path: "\(folder)/\(name)")
                #expect(verification.failures == [], "\(name)")
                var line: LedgerLine?
                try await BundleReader(path: "\(folder)/\(name)").ledger {
                    if $0.attempt == spools[0].attempt { line = $0 }
                }
                #expect(line?.reason?.message.contains("is lost") == true, "\(name)")
                #expect(line?.entries.contains(spools[0].path) == false, "\(name)")
            }
            #expect(manager.contents(atPath: outside) == Data(content))
            // What the checkpoint does not name is not taken, but counted.
            try? manager.removeItem(atPath: first)
            _ = manager.createFile(atPath: first, contents: Data(content))
            let named = try #require(try await Recovering.recover(path, to: "\(folder)/named").proof?.record.lostBytes)
            for name in ["4000000", "04", "x"] {
                _ = manager.createFile(atPath: "\(path).d/\(name)", contents: Data(count: 1_234))
            }
            let unnamed = try await Recovering.recover(path, to: "\(folder)/unnamed").proof?.record.lostBytes
            #expect(unnamed == named + 1_234)
            // One that grew since the checkpoint is right as far as that goes.
            try manager.removeItem(atPath: first)
            _ = manager.createFile(atPath: first, contents: Data(content + [1, 2, 3]))
            #expect(try await Recovering.check(path, to: "\(folder)/grown")?.proof?.record.lostEntries == [])
        }
    }

    @Test func aFolderThatIsALinkIsNotEntered() async throws {
        try await withFolder { folder in
            let (path, _, remains) = try await Recovering.remains(folder, container: .tar)
            let manager = FileManager.default
            try manager.moveItem(atPath: path + ".d", toPath: "\(folder)/elsewhere")
            try manager.createSymbolicLink(atPath: path + ".d", withDestinationPath: "\(folder)/elsewhere")
            var recovered = try await Recovering.recover(path, to: "\(folder)/r1")
            let count = remains.heads[remains.heads.count - 1].spools.count
            #expect(recovered.proof?.record.lostEntries.count == count)
            #expect(recovered.proof?.record.partial == [])
            try manager.removeItem(atPath: path + ".d")
            recovered = try await Recovering.recover(path, to: "\(folder)/r2")
            #expect(recovered.proof?.record.lostEntries.count == count)
            for name in ["r1", "r2"] {
                #expect(try await Verifier().verify(path: "\(folder)/\(name)").failures == [])
            }
        }
    }

    @Test func custodyLinesThatDoNotFollowAreNotTaken() async throws {
        try await withFolder { folder in
            let (path, _, remains) = try await Recovering.remains(folder, container: .tar)
            let log = "\(path).d/custody"
            let covered = remains.custody.map { $0 + [0x0A] }
            var chain = CustodyChain()
            var checker = CustodyChainChecker()
            for line in remains.custody { _ = try checker.append(line[...]) }
            chain = CustodyChain(following: checker)
            func next(_ action: CustodyLine.Action) -> [UInt8] {
                chain.append(action, attempt: 900, time: 1, monotonic: 2, nonce: [UInt8](repeating: 1, count: 16))
            }
            let more = [next(.exec), next(.exec), next(.exec)]
            let recoveredLine = next(.recovered)
            let cases: [(lines: [[UInt8]], taken: UInt64)] = [
                (covered, 0), (covered + more, 3), (covered + more.prefix(1) + more.suffix(1), 1),
                (covered + [Array(more[0].dropLast(9))], 0), (covered + more + [recoveredLine], 3),
                (covered + more + [Array("{}\n".utf8)], 3), (more, 0), (covered.dropLast() + more, 0),
                ([covered[0].reversed()] + covered.dropFirst() + more, 0), ([], 0),
                (covered + more + [Sample.noise(3 << 20)], 3),
            ]
            for (number, (lines, taken)) in cases.enumerated() {
                _ = FileManager.default.createFile(atPath: log, contents: Data(lines.flatMap { $0 }))
                let recovered = try await Recovering.recover(path, to: "\(folder)/\(number)")
                #expect(recovered.proof?.record.unsignedCustodyLines == taken, "case \(number)")
                #expect(try await Verifier().verify(path: "\(folder)/\(number)").failures == [], "case \(number)")
            }
        }
    }
}
