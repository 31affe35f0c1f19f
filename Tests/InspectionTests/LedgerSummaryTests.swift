import BundleFormat
import Inspection
import Testing

struct LedgerSummaryTests {
    private func line(
        _ attempt: Int, _ collector: String, _ state: AttemptState, code: String = "", message: String = "",
        bytes: UInt64 = 0
    ) -> LedgerLine {
        LedgerLine(
            attempt: attempt, collector: collector, step: "logs",
            target: Target(kind: "Pod", namespace: "prod", name: "api-\(attempt)", container: "main"), source: .api,
            state: state, reason: code.isEmpty ? nil : Reason(code: code, message: message), bytes: bytes,
            volatility: 5,
            started: 0, ended: 0, monotonic: 0...1)
    }

    @Test
    func equalGapsAreOneGroupWithExamples() {
        var summary = LedgerSummary()
        for attempt in 1...200 {
            summary.add(line(attempt, "logs", .missing, code: "NotStarted", message: "m\(attempt)"))
        }
        for attempt in 201...203 { summary.add(line(attempt, "logs", .denied, code: "Forbidden", message: "no")) }
        summary.add(line(204, "logs", .missing, code: "NoPrevious"))
        summary.add(line(205, "events", .ok, bytes: 10))
        summary.add(line(206, "events", .empty))
        let gaps = summary.gaps
        #expect(gaps.map(\.count) == [3, 200, 1])
        #expect(gaps.map(\.code) == ["Forbidden", "NotStarted", "NoPrevious"])
        #expect(gaps[1].examples.map(\.message) == ["m1", "m2", "m3"])
        #expect(gaps[1].examples.first?.target == "Pod prod/api-1, container main")
        #expect(summary.attempts == 206)
        #expect(summary.states == [.missing: 201, .denied: 3, .ok: 1, .empty: 1])
    }

    @Test
    func collectorsStandInTheOrderOfTheirFirstLine() {
        var summary = LedgerSummary()
        summary.add(line(1, "sockets", .ok, bytes: 3))
        summary.add(line(2, "logs", .partial, code: "TooLarge", bytes: .max))
        summary.add(line(3, "sockets", .ok, bytes: 4))
        summary.add(line(4, "logs", .ok, bytes: .max))
        #expect(summary.collectors.map(\.collector) == ["sockets", "logs"])
        #expect(summary.collectors.map(\.bytes) == [7, .max])
        #expect(summary.collectors.map(\.attempts) == [2, 2])
    }

    @Test
    func aLedgerOfEndlessReasonsIsBounded() {
        var summary = LedgerSummary()
        for attempt in 1...5_000 { summary.add(line(attempt, "c\(attempt)", .error, code: "E\(attempt)")) }
        #expect(summary.gaps.count == 2_000)
        #expect(summary.ungrouped == 3_000)
        #expect(summary.collectors.count == 2_000)
        #expect(summary.attempts == 5_000)
    }
}
