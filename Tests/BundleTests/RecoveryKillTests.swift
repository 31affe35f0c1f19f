import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Glibc
import TestSupport
import Testing

/// A process that is killed while it writes, or recovers: this very program, started again to do that until its end.
@Suite(.serialized) struct RecoveryKillTests {
    private static let kills = 30

    @Test func whatAKilledWriterLeavesIsRecovered() async throws {
        var generator = SeededGenerator(seed: 40)
        var recovered = 0, seals = 0
        for round in 0..<Self.kills {
            try await withFolder { folder in
                let container = Container.allCases[round % Container.allCases.count]
                let child = try Child("write", folder, container: container, seed: UInt64(round))
                try await child.kill(
                    after: .milliseconds(generator.next(400)),
                    onceThere: { !Self.partials(folder).isEmpty })
                for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                    let path = "\(folder)/\(name)"
                    if name.hasSuffix(".partial") {
                        let bundle = try await Recovering.check(path, to: "\(folder)/recovered")
                        if let bundle {
                            recovered += 1
                            try await Self.expectTruth(bundle.sealed.path)
                        }
                    } else if name.hasSuffix(container.fileExtension) {
                        seals += 1
                        #expect(try await Verifier().verify(path: path).failures == [])
                        try await Self.expectTruth(path)
                    }
                }
            }
        }
        // A writer that is killed before its first checkpoint is on its way proves nothing; but they are not all so.
        #expect(recovered > Self.kills / 2, "of \(Self.kills)")
    }

    @Test func whatAKilledRecoveryLeavesDoesNotMatter() async throws {
        var generator = SeededGenerator(seed: 41)
        try await withFolder { folder in
            let work = try await RecoveryWorkload("\(folder)/w.tar", container: .tar, seed: 17)
            for _ in 1...300 { try await work.step() }
            try work.copy(to: "\(folder)/b.partial")
            await work.writer.abort()
            let before = try Untouched("\(folder)/b.partial")
            for round in 0..<10 {
                let child = try Child("recover", folder, container: .tarZstd, seed: UInt64(round))
                try await child.kill(
                    after: .milliseconds(generator.next(150)),
                    onceThere: { FileManager.default.fileExists(atPath: "\(folder)/r.recovering") })
                #expect(try Untouched("\(folder)/b.partial") == before)
                // It may have come to its end just before.
                for name in ["r", "r.sha256"] { try? FileManager.default.removeItem(atPath: "\(folder)/\(name)") }
                try await Recovering.check("\(folder)/b.partial", to: "\(folder)/r")
                for name in ["r", "r.sha256"] { try FileManager.default.removeItem(atPath: "\(folder)/\(name)") }
            }
        }
    }

    static func partials(_ folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
            return name.hasSuffix(".partial") && attributes?[.size] as? Int ?? 0 > 0
        }
    }

    /// Every entry is the beginning of what its name says it is.
    static func expectTruth(_ path: String, identities: [AgeIdentity] = []) async throws {
        let reader = try await BundleReader(path: path, identities: identities)
        var lines: [IndexLine] = []
        try await reader.entries { if $0.path.isInside("data/t") { lines.append($0) } }
        for line in lines {
            let seed = try #require(UInt64(line.path.components.last ?? ""))
            var bytes: [UInt8] = []
            try await reader.content(of: line) { bytes += $0 }
            #expect(RecoveryChildTests.content(seed, count: bytes.count) == bytes, "\(line.path)")
        }
    }
}

/// This program, started again as somebody to kill.
struct Child {
    private let process = Process()

    init(_ task: String, _ folder: String, container: Container, seed: UInt64) throws {
        process.executableURL = URL(
            fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        process.arguments = ["--testing-library", "swift-testing", "--filter", "RecoveryChildTests"]
        process.environment = ProcessInfo.processInfo.environment.merging([
            ChildTask.variable: "\(task) \(container.rawValue) \(seed) \(getpid()) \(folder)"
        ]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    /// - Parameter onceThere: what must be so before the time begins to run.
    func kill(after delay: Duration, onceThere isThere: () -> Bool) async throws {
        while process.isRunning, !isThere() { try await Task.sleep(for: .milliseconds(1)) }
        try await Task.sleep(for: delay)
        #expect(process.isRunning, "it ended by itself: \(process.terminationStatus)")
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

/// What a process of this program is to do until it is killed; nil in all others.
enum ChildTask {
    static let variable = "EXHIBIT_TEST_RECOVERY_CHILD"
    /// Task, container, seed, the parent's process, folder.
    static let words: [String]? = ProcessInfo.processInfo.environment[variable]?.split(separator: " ", maxSplits: 4)
        .map(String.init)
}

/// What the process does that is to be killed. In any other it is skipped.
@Suite(.enabled(if: ChildTask.words != nil, "only in a process that RecoveryKillTests starts"))
struct RecoveryChildTests {
    /// At the beginning of every entry.
    static let marker = "what nobody else may read"

    /// The beginning of what the entry with this number holds.
    static func content(_ seed: UInt64, count: Int) -> [UInt8] {
        SampleBytes.lines(count, beginning: marker, seed: seed)
    }

    @Test func untilTheEnd() async throws {
        let task = try #require(ChildTask.words)
        let container = try #require(Container(rawValue: task[1])), parent = try #require(Int32(task[3]))
        let seed = try #require(UInt64(task[2]))
        var round = 0
        // Whoever started it may have gone.
        while getppid() == parent {
            round += 1
            if task[0] == "write" || task[0] == "encrypt" {
                try await write(
                    "\(task[4])/\(round)\(container.fileExtension)", container: container,
                    seed: seed &* 1_000 &+ UInt64(round),
                    to: task[0] == "encrypt" ? try EncryptedKillTests.recipients(task[4]) : [])
            } else {
                _ = try await Recovering.recover("\(task[4])/b.partial", to: "\(task[4])/r")
                for name in ["r", "r.sha256"] { try FileManager.default.removeItem(atPath: "\(task[4])/\(name)") }
            }
        }
    }

    /// Several at once, with checkpoints by the clock and by size.
    private func write(
        _ path: String, container: Container, seed: UInt64, to recipients: [AgeRecipient]
    ) async throws {
        var options = BundleWriter.Options(container: container)
        options.checkpointBytes = 200 << 10
        options.firstCheckpointInterval = .milliseconds(5)
        options.checkpointInterval = .milliseconds(20)
        options.spoolMemory = 500 << 10
        options.recipients = recipients
        let writer = try await BundleWriter(opening: try Sample.opening(), outputPath: path, options: options)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<6 {
                group.addTask {
                    var generator = SeededGenerator(seed: seed &* 100 &+ UInt64(task))
                    for step in 0..<20 { try await Self.attempt(writer, step * 6 + task + 1, &generator) }
                }
            }
            try await group.waitForAll()
        }
        _ = try await writer.seal()
    }

    private static func attempt(_ writer: BundleWriter, _ attempt: Int, _ generator: inout SeededGenerator) async throws
    {
        try await writer.begin(
            OpenAttempt(
                attempt: attempt, collector: "test", step: "files", target: Target(), source: .local, volatility: 1,
                started: Sample.started, monotonic: 1))
        try await writer.custody(action: "exec", attempt: attempt, time: Sample.started, monotonic: 2)
        var receipts: [EntryReceipt] = []
        for _ in 0..<generator.next(3) {
            let seed = generator.next() >> 20
            let entry = try await writer.entry(
                path: Sample.components("data/t/\(seed)"), media: "text/plain",
                segments: generator.next(2) == 0 ? .lines : .whole, attempt: attempt)
            let bytes = content(seed, count: [0, 100, 20_000, 400_000][generator.next(4)])
            var rest = bytes[...]
            while !rest.isEmpty {
                try await entry.write(rest.prefix(30_000))
                rest = rest.dropFirst(30_000)
            }
            if generator.next(8) == 0 {
                await entry.abandon()
            } else {
                receipts.append(try await entry.finish())
            }
        }
        try await writer.record(Sample.ledgerLine(attempt, receipts))
    }
}
