import Bundle
import BundleFormat
import Collection
import Foundation
import Inspection
import SQLite
import Synchronization
import Testing

/// Logs of a bundle of Exhibit, which is read on all cores, and what its ledger says of those that it has not.
struct LogBundleTests {
    private struct Silent: RunObserver {
        func planned(_ count: Int) {}
        func started(_ number: Int, label: String) {}
        func received(bytes: Int) {}
        func stopped(_ cause: CaptureEngine.RunStop) {}
        func skipped(_ count: Int) {}
        func ended(_ line: LedgerLine) {}
    }

    private static func attempt(_ pod: String, _ text: String?) -> PlannedAttempt {
        PlannedAttempt(
            collector: "logs", step: "logs",
            target: Target(kind: "Pod", namespace: "prod", name: pod, container: "main"), source: .api, volatility: 5,
            limits: StepLimits(timeout: .seconds(20), bytes: 1 << 24), label: pod
        ) { context in
            guard let text else { return .denied("Forbidden", "pods/log is forbidden") }
            let entry = try await context.entry(
                ["namespaces", "prod", "pods", pod, "main", "main", "logs", "current.log"], media: .text)
            try await entry.write(Array(text.utf8))
            try await entry.finish()
            return .ok
        }
    }

    /// Forty logs whose lines take turns, and one that was denied.
    private func withBundle(_ body: (BundleCapture, _ wanted: [String]) async throws -> Void) async throws {
        let folder = try TestFolder()
        let clock = RunClock()
        let writer = try await BundleWriter(
            opening: OpeningRecord(
                folder: try FolderName("case"), started: .init(wall: RunClock.wall, boottime: clock.origin),
                tool: .init(name: "exhibit", version: "0")),
            outputPath: folder.file("case.tar.zst"))
        var attempts: [PlannedAttempt] = []
        var wanted: [(time: Int, pod: Int, text: String)] = []
        for pod in 0..<40 {
            let lines = (0..<500).map { (time: $0 * 7 + pod % 5, pod: pod, text: "ERROR of \(pod + 10), \($0)") }
            wanted += lines
            attempts.append(
                Self.attempt(
                    "p\(pod + 10)", lines.map { "\(LogCapture.stamp($0.time)) \($0.text)\n" }.joined()))
        }
        attempts.append(Self.attempt("secret", nil))
        await CaptureEngine(writer: writer, clock: clock, observer: Silent()).run(attempts)
        _ = try await writer.seal()
        wanted.sort { ($0.time, $0.pod) < ($1.time, $1.pod) }
        try await body(
            BundleCapture(try await BundleReader(path: folder.file("case.tar.zst"))), wanted.map(\.text))
        withExtendedLifetime(folder) {}
    }

    @Test func manyLogsAreMergedOnAllCores() async throws {
        try await withBundle { capture, wanted in
            let plan = try await LogChooser(try await EvidenceDatabase(capture)).plan(LogChoice())
            #expect(plan.tracks.count == 40 && plan.missingCount == 1)
            for memory in [64 << 20, 400 << 10] {
                let text = Mutex<[String]>([])
                let report = try await LogReader(capture, plan.tracks, LogOptions(), memoryBytes: memory).read {
                    piece in
                    text.withLock { $0.append(String(decoding: piece.bytes, as: UTF8.self)) }
                }
                #expect(text.withLock { $0 } == wanted)
                #expect((report.passes > 1) == (memory < 1 << 20))
                #expect(report.problems.isEmpty)
            }
        }
    }

    @Test func theLedgerSaysWhyALogIsNotThere() async throws {
        try await withBundle { capture, _ in
            var choice = LogChoice()
            choice.targets = [.pod("secret")]
            let database = try await EvidenceDatabase(capture)
            // It has neither object nor log: the ledger alone says that it was there.
            let plan = try await LogChooser(database).plan(choice)
            #expect(plan.tracks.isEmpty)
            #expect(
                plan.missing == [
                    "prod/secret/main: its log could not be captured: denied: pods/log is forbidden"
                ])
        }
    }

    @Test func patternsAreThoseOfAllLogs() async throws {
        try await withBundle { capture, _ in
            let rows = try await EvidenceDatabase(capture).rows(
                "SELECT count(*), sum(count), min(pattern), max(pattern) FROM log_patterns('error')")
            #expect(rows == [[.integer(40), .integer(20_000), .text("ERROR of <*>, <*>"), .text("ERROR of <*>, <*>")]])
        }
    }
}
