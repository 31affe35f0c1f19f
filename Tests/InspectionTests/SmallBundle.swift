import Archive
import Bundle
import BundleFormat
import Collection
import Foundation

/// Bundles of a few files, as a capture writes them.
enum SmallBundle {
    /// Writes one.
    ///
    /// - Parameters:
    ///   - files: by their path under `data/`.
    ///   - definitions: by the name of their file.
    static func write(
        _ files: [String: String], definitions: [String: String] = [:], to path: String,
        as container: Container = .tarZstd
    ) async throws {
        let clock = RunClock()
        let writer = try await BundleWriter(
            opening: OpeningRecord(
                folder: try FolderName("case"), started: .init(wall: RunClock.wall, boottime: clock.origin),
                tool: .init(name: "exhibit", version: "0")),
            outputPath: path, options: .init(container: container))
        for (name, text) in definitions.sorted(by: { $0.key < $1.key }) {
            try await writer.definition(name: name, bytes: Array(text.utf8))
        }
        let attempts = files.sorted(by: { $0.key < $1.key }).map { file in
            PlannedAttempt(
                collector: "test", step: "write", target: Target(kind: "Pod", namespace: "ns", name: "p"),
                source: .inContainer, volatility: 3, limits: StepLimits(timeout: .seconds(20), bytes: 1 << 24),
                label: file.key
            ) { context in
                let entry = try await context.entry(file.key.split(separator: "/").map(String.init), media: .text)
                try await entry.write(Array(file.value.utf8))
                try await entry.finish()
                return .ok
            }
        }
        await CaptureEngine(writer: writer, clock: clock, observer: Silent()).run(attempts)
        _ = try await writer.seal()
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
