import Archive
import Bundle
import BundleFormat
import Collection
import Foundation
import Inspection
import OfflineServer

/// A folder of its own for one test, removed when the test is done.
final class ScratchFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/exhibit-server-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws {
        let url = URL(fileURLWithPath: path + "/" + name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    /// Packs a folder of it as `NAME.tar.gz`.
    func pack(_ name: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-ec", "tar -czf \"$1.tar.gz\" \"$1\"", "sh", name]
        process.currentDirectoryURL = URL(fileURLWithPath: path)
        try process.run()
        process.waitUntilExit()
        return path + "/\(name).tar.gz"
    }
}

/// A bundle as a capture writes it, of attempts that a test says.
struct WrittenBundle {
    /// An attempt, the file that it brings, and how it ends.
    struct Attempt {
        var collector = "test"
        var step = "write"
        var target = Target(kind: "Namespace", name: "prod")
        /// Under `data/`; nil: it brings none.
        var path: String?
        var text = ""
        var outcome = Outcome.ok

        static func objects(_ path: String, _ text: String) -> Attempt { Attempt(path: path, text: text) }

        static func log(
            _ pod: String, _ container: String, _ text: String?, previous: Bool = false, _ outcome: Outcome = .ok
        ) -> Attempt {
            Attempt(
                collector: "logs", step: "logs",
                target: Target(kind: "Pod", namespace: "prod", name: pod, container: container),
                path: text.map { _ in
                    "namespaces/prod/pods/\(pod)/\(container)/\(container)/logs/\(previous ? "previous" : "current").log"
                }, text: text ?? "", outcome: outcome)
        }
    }

    /// - Parameters:
    ///   - definitions: by the name of their file.
    ///   - targets: that the opening record names.
    ///   - path: by its end it is compressed or not.
    static func write(
        _ attempts: [Attempt], definitions: [String: String] = [:], targets: [String] = [], to path: String
    ) async throws {
        let clock = RunClock()
        var opening = OpeningRecord(
            folder: try FolderName("case"), started: .init(wall: RunClock.wall, boottime: clock.origin),
            tool: .init(name: "exhibit", version: "0"))
        opening.targets = targets
        let writer = try await BundleWriter(
            opening: opening, outputPath: path,
            options: BundleWriter.Options(container: path.hasSuffix(".tar") ? .tar : .tarZstd))
        for (name, text) in definitions { try await writer.definition(name: name, bytes: Array(text.utf8)) }
        await CaptureEngine(writer: writer, clock: clock, observer: Silent()).run(attempts.map(planned))
        _ = try await writer.seal()
    }

    static func served(
        _ attempts: [Attempt], definitions: [String: String] = [:], in folder: ScratchFolder
    ) async throws -> ServedCapture {
        let path = folder.path + "/case.tar.zst"
        try await write(attempts, definitions: definitions, to: path)
        return try await served(BundleCapture(try await BundleReader(path: path)))
    }

    static func served(_ capture: any Inspection.Capture) async throws -> ServedCapture {
        ServedCapture(name: "case", database: try await EvidenceDatabase(capture), captured: nil)
    }

    private static func planned(_ attempt: Attempt) -> PlannedAttempt {
        PlannedAttempt(
            collector: attempt.collector, step: attempt.step, target: attempt.target, source: .api, volatility: 5,
            limits: StepLimits(timeout: .seconds(20), bytes: 1 << 26), label: attempt.path ?? attempt.collector
        ) { context in
            if let path = attempt.path {
                let entry = try await context.entry(path.split(separator: "/").map(String.init), media: .text)
                try await entry.write(Array(attempt.text.utf8))
                try await entry.finish()
            }
            return attempt.outcome
        }
    }

    private struct Silent: RunObserver {
        func planned(_ count: Int) {}
        func started(_ number: Int, label: String) {}
        func received(bytes: Int) {}
        func stopped(_ cause: CaptureEngine.RunStop) {}
        func skipped(_ count: Int) {}
        func ended(_ line: LedgerLine) {}
    }
}
