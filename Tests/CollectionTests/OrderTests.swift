import BundleFormat
import Collection
import Foundation
import Synchronization
import TestSupport
import Testing

/// Volatile first, a bounded number at once, and no one holds up the rest for long.
struct OrderTests {
    @Test
    func attemptsAreNumberedByVolatilityThenByThePlan() async throws {
        var generator = SeededGenerator(seed: 7)
        let ranks = (0..<200).map { _ in Int.random(in: 0...9, using: &generator) }
        var options = CaptureEngine.Options.quick
        options.patience = .seconds(30)
        let captured = try await Captured.from(options) { engine, _ in
            await engine.run(
                ranks.enumerated().map { index, rank in attempt("\(index)", volatility: rank) { _ in .ok } })
        }
        let expected = ranks.enumerated().sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }.map {
            "\($0.offset)"
        }
        #expect(captured.lines.sorted { $0.attempt < $1.attempt }.map(\.step) == expected)
        #expect(captured.lines.count == 200)
    }

    @Test
    func whatIsLessVolatileWaitsForWhatIsVolatile() async throws {
        var options = CaptureEngine.Options()
        options.patience = .seconds(30)
        let done = Tally()
        let tooEarly = Tally()
        _ = try await Captured.from(options) { engine, _ in
            await engine.run(
                (0..<3).map { number in
                    attempt("calm \(number)", volatility: 5) { _ in
                        if done.value < 2 { tooEarly.add() }
                        return .ok
                    }
                }
                    + (1...2).map { rank in
                        attempt("volatile \(rank)", volatility: rank) { _ in
                            try await Task.sleep(for: .milliseconds(150))
                            done.add()
                            return .ok
                        }
                    })
        }
        #expect(tooEarly.value == 0)
    }

    @Test
    func patienceEnds() async throws {
        let gate = Gate()
        let captured = try await Captured.from { engine, _ in
            await engine.run([
                attempt("hung", volatility: 1) { _ in
                    try await gate.wait()
                    return .ok
                },
                attempt("calm", volatility: 5) { _ in
                    gate.open()
                    return .ok
                },
            ])
        }
        let (hung, calm) = (try captured.line("hung"), try captured.line("calm"))
        #expect(hung.state == .ok)
        #expect(calm.monotonic.lowerBound - hung.monotonic.lowerBound >= 290_000_000)
    }

    @Test(arguments: [1, 3, 8])
    func neverMoreAtOnceThanAllowed(_ concurrency: Int) async throws {
        var options = CaptureEngine.Options.quick
        options.concurrency = concurrency
        options.patience = .milliseconds(5)
        let captured = try await Captured.from(options) { engine, _ in
            await engine.run(
                (0..<60).map { number in
                    attempt("\(number)", volatility: number % 6) { _ in
                        try await Task.sleep(for: .milliseconds(4))
                        return .ok
                    }
                })
        }
        #expect(captured.seen.most <= concurrency)
        #expect(captured.seen.most >= min(concurrency, 2))
        #expect(captured.lines.count == 60)
    }

    @Test
    func tenThousandAttemptsLoseNoLine() async throws {
        let captured = try await Captured.from(contents: false) { engine, _ in
            await engine.run(
                (0..<10_000).map { number in
                    attempt("n", volatility: number % 8) { context in
                        if number % 50 == 0 {
                            try await context.entry(["n", "\(number)"], media: .text, bytes: Array("\(number)\n".utf8))
                        }
                        return number % 3 == 0 ? .error("Odd", "number \(number)") : .ok
                    }
                })
        }
        #expect(Set(captured.lines.map(\.attempt)) == Set(1...10_000))
        #expect(captured.lines.count == 10_000)
        #expect(captured.summary.entries == 200)
        // What did not come is kept by its kind, not one by one: memory is measured by Benchmarks/collect-pods.
        #expect(captured.summary.gaps.map(\.code) == ["Odd"])
        #expect(captured.summary.gaps.first?.count == 3_334)
    }
}
