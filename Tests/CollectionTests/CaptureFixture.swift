import Bundle
import BundleFormat
import Collection
import Foundation
import Synchronization
import Testing

/// A folder that goes away with its scope.
func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let path = NSTemporaryDirectory() + "exhibit-collection-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}

/// Sees what an engine tells, and how many attempts are under way at once.
final class Watcher: RunObserver {
    struct Seen {
        var planned = 0
        var started: [String] = []
        var running = 0
        var most = 0
        var bytes = 0
        var lines: [LedgerLine] = []
    }

    private let state = Mutex(Seen())
    var seen: Seen { state.withLock { $0 } }

    func planned(_ count: Int) { state.withLock { $0.planned += count } }

    func started(_ number: Int, label: String) {
        state.withLock { state in
            state.started.append(label)
            state.running += 1
            state.most = max(state.most, state.running)
        }
    }

    func received(bytes: Int) { state.withLock { $0.bytes += bytes } }

    func stopped(_ cause: CaptureEngine.RunStop) {}
    func skipped(_ count: Int) {}
    func ended(_ line: LedgerLine) {
        state.withLock { state in
            state.running -= 1
            state.lines.append(line)
        }
    }
}

/// A sealed bundle that an engine filled, read back.
struct Captured {
    var lines: [LedgerLine] = []
    var custody: [CustodyLine] = []
    var contents: [String: [UInt8]] = [:]
    var seen: Watcher.Seen
    var summary: CaptureEngine.Summary
    var failure: (any Error)?

    /// The one line of the attempt with this label (its step name, see `attempt`).
    func line(_ step: String) throws -> LedgerLine {
        let found = lines.filter { $0.step == step }
        try #require(found.count == 1, "\(step) has \(found.count) ledger lines")
        return found[0]
    }

    func text(_ path: String) -> String? {
        contents["data/" + path].map { String(decoding: $0, as: UTF8.self) }
    }

    /// Runs `body` on an engine that writes a real bundle; seals it, has it verified, and reads it back.
    static func from(
        _ options: CaptureEngine.Options = .quick, contents wanted: Bool = true,
        definitions: CollectorCatalog.Selection? = nil,
        _ body: (CaptureEngine, BundleWriter) async throws -> Void
    ) async throws -> Captured {
        try await withFolder { folder in
            let path = folder + "/case.tar.zst"
            let clock = RunClock()
            let opening = OpeningRecord(
                folder: try FolderName("case"), started: .init(wall: RunClock.wall, boottime: clock.origin),
                tool: .init(name: "exhibit", version: "0"))
            let writer = try await BundleWriter(opening: opening, outputPath: path)
            let watcher = Watcher()
            let engine = CaptureEngine(
                writer: writer, clock: clock, observer: watcher, options: options, definitions: definitions)
            try await body(engine, writer)
            let sealed = try await writer.seal()
            var captured = Captured(seen: watcher.seen, summary: engine.summary, failure: engine.failure)
            let verified = try await Verifier(anchors: Anchors(expectedSealID: sealed.sealID)).verify(path: path)
            #expect(verified.verdict == .authentic, "\(verified.findings)")
            let reader = try await BundleReader(path: path)
            try await reader.ledger { captured.lines.append($0) }
            try await reader.custody { captured.custody.append($0) }
            guard wanted else { return captured }
            var paths: [EntryPath] = []
            try await reader.entries { paths.append($0.path) }
            // `data/version` is the bundle's own.
            for path in paths where path.rawValue.hasPrefix("data/") && path.rawValue != "data/version" {
                captured.contents[path.rawValue] = try await reader.content(of: path, limit: 1 << 26)
            }
            return captured
        }
    }
}

extension CaptureEngine.Options {
    /// Little waiting.
    static var quick: Self {
        var options = Self()
        options.grace = .milliseconds(150)
        options.patience = .milliseconds(300)
        return options
    }
}

/// An attempt of a test. `name` is its step, its label and its folder.
func attempt(
    _ name: String, volatility: Int = 5, timeout: Duration = .seconds(20), bytes: UInt64 = 1 << 20,
    _ work: @escaping @Sendable (AttemptContext) async throws -> Outcome
) -> PlannedAttempt {
    PlannedAttempt(
        collector: "test", step: name, target: Target(kind: "Test", name: name), source: .local, volatility: volatility,
        limits: StepLimits(timeout: timeout, bytes: bytes), label: name, work: work)
}

/// Counts, from any task.
final class Tally: Sendable {
    private let state = Mutex(0)
    var value: Int { state.withLock { $0 } }
    func add() { state.withLock { $0 += 1 } }
}

/// A gate that opens once; waiting obeys cancellation only when told to.
final class Gate: Sendable {
    private let isOpen = Mutex(false)
    func open() { isOpen.withLock { $0 = true } }

    /// Blocks the thread, as a read of a dead file system does.
    func block(atMost seconds: Double = 10) {
        let end = Date().addingTimeInterval(seconds)
        while !isOpen.withLock({ $0 }), Date() < end { Thread.sleep(forTimeInterval: 0.005) }
    }

    func wait() async throws {
        while !isOpen.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(2)) }
    }
}
