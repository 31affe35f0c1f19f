import Bundle
import BundleFormat
import Collection
import Dispatch
import Foundation
import Synchronization

/// A folder that goes away with its scope.
func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let path = NSTemporaryDirectory() + "exhibit-steps-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}

/// Nobody watches.
final class LineKeeper: RunObserver {
    private let state = Mutex<[LedgerLine]>([])
    var lines: [LedgerLine] { state.withLock { $0 } }

    func planned(_ count: Int) {}
    func started(_ number: Int, label: String) {}
    func received(bytes: Int) {}
    func stopped(_ cause: CaptureEngine.RunStop) {}
    func skipped(_ count: Int) {}
    func ended(_ line: LedgerLine) { state.withLock { $0.append(line) } }
}

/// What one step did as an attempt of a real run: its ledger line, and the entries it made.
struct StepResult {
    var line: LedgerLine
    var contents: [String: [UInt8]]
    var failure: (any Error)?
    var custody: [CustodyLine] = []

    static func of(
        timeout: Duration = .seconds(20), bytes: UInt64 = 1 << 26,
        _ work: @escaping @Sendable (AttemptContext) async throws -> Outcome
    ) async throws -> StepResult {
        try await withFolder { folder in
            let clock = RunClock()
            let writer = try await BundleWriter(
                opening: OpeningRecord(
                    folder: try FolderName("case"), started: .init(wall: RunClock.wall, boottime: clock.origin),
                    tool: .init(name: "exhibit", version: "0")),
                outputPath: folder + "/case.tar.zst")
            let keeper = LineKeeper()
            var options = CaptureEngine.Options()
            options.grace = .milliseconds(500)
            let engine = CaptureEngine(writer: writer, clock: clock, observer: keeper, options: options)
            await engine.run([
                PlannedAttempt(
                    collector: "test", step: "test", target: Target(kind: "Test"), source: .local, volatility: 1,
                    limits: StepLimits(timeout: timeout, bytes: bytes), label: "test", work: work)
            ])
            _ = try await writer.seal()
            let reader = try await BundleReader(path: folder + "/case.tar.zst")
            var result = StepResult(line: keeper.lines[0], contents: [:], failure: engine.failure)
            var custody: [CustodyLine] = []
            try await reader.custody { custody.append($0) }
            result.custody = custody
            for path in result.line.entries {
                result.contents[path.rawValue] = try await reader.content(of: path, limit: 1 << 26)
            }
            return result
        }
    }
}

/// What a command printed and how it ended.
struct Command: Sendable {
    let status: Int32
    let output: String
    let errors: String

    /// Runs it without blocking a thread of Swift's tasks.
    static func run(_ arguments: [String], path: String = "/usr/bin:/bin") async throws -> Command {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "command").async {
                continuation.resume(with: Result { try Command(arguments, path: path) })
            }
        }
    }

    private init(_ arguments: [String], path: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: arguments[0])
        process.arguments = Array(arguments.dropFirst())
        process.environment = ["PATH": path, "LC_ALL": "C"]
        process.standardInput = FileHandle.nullDevice
        // Files, not pipes: neither stream can hold up the other.
        let names = (0..<2).map { _ in NSTemporaryDirectory() + "exhibit-steps-output-" + UUID().uuidString }
        defer { for name in names { try? FileManager.default.removeItem(atPath: name) } }
        for name in names { _ = FileManager.default.createFile(atPath: name, contents: nil) }
        process.standardOutput = FileHandle(forWritingAtPath: names[0])
        process.standardError = FileHandle(forWritingAtPath: names[1])
        try process.run()
        process.waitUntilExit()
        status = process.terminationStatus
        output = String(decoding: FileManager.default.contents(atPath: names[0]) ?? Data(), as: UTF8.self)
        errors = String(decoding: FileManager.default.contents(atPath: names[1]) ?? Data(), as: UTF8.self)
    }
}
