import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import StructuredText
import TestSupport

/// A writer at work, one random step after the other, so that its files can be copied in between: that is what a crash
/// leaves.
final class RecoveryWorkload {
    let path: String
    let writer: BundleWriter
    private let isSmall: Bool
    private var generator: SeededGenerator
    private var open: [(entry: EntryWriter, attempt: Int)] = []
    /// Attempts under way, and what they brought.
    private var attempts: [Int: [EntryReceipt]] = [:]
    private var next = 1

    var partial: String { path + ".partial" }

    init(
        _ path: String, container: Container, seed: UInt64, key: consuming SSHPrivateKey? = nil, isSmall: Bool = false,
        to recipients: [AgeRecipient] = []
    ) async throws {
        var options = BundleWriter.Options(container: container)
        options.checkpointBytes = isSmall ? 20 << 10 : 300 << 10
        // Only steps make checkpoints, never a clock.
        options.checkpointInterval = .seconds(86_400)
        options.firstCheckpointInterval = .seconds(86_400)
        options.spoolMemory = 600 << 10
        options.recipients = recipients
        self.path = path
        self.isSmall = isSmall
        generator = SeededGenerator(seed: seed)
        writer = try await BundleWriter(
            opening: try Sample.opening(), outputPath: path, options: options,
            signers: sshSigners(key))
        try await writer.definition(name: "test.yaml", bytes: Sample.text(3, seed: 9))
    }

    func step() async throws {
        switch generator.next(20) {
        case 0, 1: try await begin()
        case 2, 3, 4: try await openEntry()
        case 5...12: try await write()
        case 13, 14, 15: try await finish()
        case 16: try await abandon()
        case 17, 18: try await end()
        default:
            guard let attempt = attempts.keys.sorted().first else { return }
            try await writer.custody(
                action: "exec", target: Target(kind: "pod", name: "api"), detail: ["argv": ["cat"]], attempt: attempt,
                time: Sample.started, monotonic: 7)
        }
    }

    /// Copies what is there to `to` and `to.d`.
    func copy(to copy: String) throws {
        let manager = FileManager.default
        try manager.copyItem(atPath: partial, toPath: copy)
        if manager.fileExists(atPath: partial + ".d") {
            try manager.copyItem(atPath: partial + ".d", toPath: copy + ".d")
        }
    }

    private func begin() async throws {
        attempts[next] = []
        // One in four is not announced, as by a writer that does not know of it.
        if generator.next(4) > 0 {
            try await writer.begin(
                OpenAttempt(
                    attempt: next, collector: "test", step: "files", target: Target(kind: "pod", name: "p\(next)"),
                    source: .api, volatility: 3, started: Sample.started, monotonic: 5))
        }
        next += 1
    }

    private func openEntry() async throws {
        guard open.count < 12, let attempt = attempts.keys.sorted().randomElement(using: &generator) else { return }
        let isWhole = generator.next(3) == 0
        open.append(
            (
                try await writer.entry(
                    path: Sample.components("data/x/\(generator.next(40))\(isWhole ? ".bin" : ".log")"),
                    media: "text/plain", segments: isWhole ? .whole : .lines, attempt: attempt), attempt
            ))
    }

    private func write() async throws {
        guard let entry = open.randomElement(using: &generator)?.entry else { return }
        let size = (isSmall ? [10, 300, 2_000, 9_000] : [10, 900, 30_000, 200_000])[generator.next(4)]
        try await entry.write(Sample.text(size / 30, seed: generator.next()))
    }

    private func finish() async throws {
        guard !open.isEmpty else { return }
        let (entry, attempt) = open.remove(at: generator.next(open.count))
        attempts[attempt]?.append(try await entry.finish())
    }

    private func abandon() async throws {
        guard !open.isEmpty else { return }
        await open.remove(at: generator.next(open.count)).entry.abandon()
    }

    /// Ends an attempt that has no open entries.
    private func end() async throws {
        let idle = attempts.keys.sorted().filter { attempt in !open.contains { $0.attempt == attempt } }
        guard let attempt = idle.first, let receipts = attempts.removeValue(forKey: attempt) else { return }
        try await writer.record(Sample.ledgerLine(attempt, receipts))
    }
}
