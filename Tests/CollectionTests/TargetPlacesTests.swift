import BundleFormat
import Collection
import Foundation
import Synchronization
import TestSupport
import Testing

/// A bounded number at once in one container and through one kubelet, which holds up nobody else.
struct TargetPlacesTests {
    /// How many attempts are under way at each place, and were at most.
    private final class Crowds: Sendable {
        private let state = Mutex((now: [String: Int](), most: [String: Int]()))
        var most: [String: Int] { state.withLock { $0.most } }

        func inside<Result>(_ places: [String], _ body: () async throws -> Result) async rethrows -> Result {
            state.withLock { state in
                for place in places {
                    state.now[place, default: 0] += 1
                    state.most[place] = max(state.most[place] ?? 0, state.now[place] ?? 0)
                }
            }
            defer { state.withLock { state in for place in places { state.now[place, default: 0] -= 1 } } }
            return try await body()
        }
    }

    private static func command(
        _ name: String, in pod: String, on node: String? = nil, volatility: Int = 5,
        _ work: @escaping @Sendable (AttemptContext) async throws -> Outcome
    ) -> PlannedAttempt {
        var command = attempt(name, volatility: volatility, work)
        command.target = Target(kind: "Pod", namespace: "ns", name: pod, container: "app")
        command.source = .inContainer
        command.kubelet = node
        return command
    }

    private static func log(
        _ name: String, on node: String, volatility: Int = 5,
        _ work: @escaping @Sendable (AttemptContext) async throws -> Outcome
    ) -> PlannedAttempt {
        var log = attempt(name, volatility: volatility, work)
        log.source = .api
        log.kubelet = node
        return log
    }

    /// Commands in one container hang; those in others are all done meanwhile, though they come later in the plan.
    @Test func aContainerThatHangsHoldsUpNoOther() async throws {
        let gate = Gate()
        let (crowds, others) = (Crowds(), Tally())
        let captured = try await Captured.from { engine, _ in
            await engine.run(
                (0..<20).map { number in
                    Self.command("stuck \(number)", in: "stuck") { _ in
                        try await crowds.inside(["stuck"]) { try await gate.wait() }
                        return .ok
                    }
                }
                    + (0..<40).map { number in
                        Self.command("other \(number)", in: "pod \(number % 10)") { _ in
                            await crowds.inside(["pod \(number % 10)"]) {
                                try? await Task.sleep(for: .milliseconds(1))
                                others.add()
                                if others.value == 40 { gate.open() }
                            }
                            return .ok
                        }
                    })
        }
        #expect(captured.lines.count == 60)
        #expect(captured.lines.allSatisfy { $0.state == .ok })
        #expect(crowds.most["stuck"] == 2)
        #expect(crowds.most.values.allSatisfy { $0 <= 2 })
    }

    /// Half of the slots are left to others, with as many slots as there may be.
    @Test(arguments: [(1, 1), (2, 1), (8, 4), (9, 4), (64, 32)])
    func aKubeletThatHangsLeavesHalfOfTheSlots(_ slots: Int, _ most: Int) async throws {
        var options = CaptureEngine.Options.quick
        options.concurrency = slots
        let gate = Gate()
        let (crowds, others) = (Crowds(), Tally())
        // With one slot there is no half.
        if slots == 1 { gate.open() }
        let captured = try await Captured.from(options) { [options] engine, _ in
            await engine.run(
                (0..<options.concurrency * 3).map { number in
                    Self.log("stuck \(number)", on: "stuck") { _ in
                        try await crowds.inside(["stuck"]) { try await gate.wait() }
                        return .ok
                    }
                }
                    + (0..<40).map { number in
                        Self.log("other \(number)", on: "node \(number % 3)") { _ in
                            others.add()
                            if others.value == 40 { gate.open() }
                            return .ok
                        }
                    })
        }
        #expect(captured.lines.count == slots * 3 + 40)
        #expect(crowds.most["stuck"] == most)
    }

    /// A node that hangs has half of the slots in all, not half of them in each of the plans that want something of it: what its agent is
    /// asked for, and what is asked for in the usual way. Agents on other nodes do their work meanwhile.
    @Test(arguments: [(2, 1), (8, 4)])
    func aNodeThatHangsLeavesHalfOfTheSlotsOfAllPlans(_ slots: Int, _ most: Int) async throws {
        var options = CaptureEngine.Options.quick
        options.concurrency = slots
        let gate = Gate()
        let (crowds, others) = (Crowds(), Tally())
        func onNode(_ node: String, _ plan: Int) -> [PlannedAttempt] {
            (0..<12).map { number in
                var work = Self.log("\(node) \(plan) \(number)", on: node, volatility: 1 + number % 4) { _ in
                    try await crowds.inside([node]) {
                        guard node != "stuck" else { return try await gate.wait() }
                        others.add()
                        if others.value == 24 { gate.open() }
                    }
                    return .ok
                }
                work.source = plan == 0 ? .node : .api
                return work
            }
        }
        let captured = try await Captured.from(options) { engine, _ in
            await withTaskGroup(of: Void.self) { group in
                for plan in [onNode("stuck", 0), onNode("stuck", 1), onNode("one", 0), onNode("two", 0)] {
                    group.addTask { await engine.run(plan) }
                }
            }
        }
        #expect(captured.lines.count == 48 && captured.lines.allSatisfy { $0.state == .ok })
        #expect(crowds.most["stuck"] == most)
    }

    /// Any plans, one or some beside each other: bounds are kept, and each attempt has its line.
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func anyPlanIsDoneWholeWithinTheBounds(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        var options = CaptureEngine.Options.quick
        options.concurrency = 1 + generator.next(12)
        options.patience = .seconds(30)
        let crowds = Crowds()
        var plan: [PlannedAttempt] = []
        let (pods, nodes) = (1 + generator.next(6), 1 + generator.next(3))
        for number in 0..<300 {
            let (pod, rank) = (generator.next(pods), generator.next(10))
            let (node, kind) = ("node \(pod % nodes)", generator.next(10))
            let wait = Duration.microseconds(generator.next(2_000))
            let work: @Sendable ([String]) -> @Sendable (AttemptContext) async throws -> Outcome = { places in
                { _ in
                    try await crowds.inside(places) { try await Task.sleep(for: wait) }
                    if number % 7 == 0 { throw StepFailure(.error("Odd", "number \(number)")) }
                    return .ok
                }
            }
            switch kind {
            case 0: plan.append(attempt("\(number)", volatility: rank, work(["free"])))
            case 1:
                plan.append(
                    .settled(
                        collector: "test", step: "\(number)", target: Target(name: "pod \(pod)"), source: .inContainer,
                        volatility: rank, label: "settled", outcome: .missing("NotRunning", "it does not run")))
            case 2...4: plan.append(Self.log("\(number)", on: node, volatility: rank, work([node])))
            default:
                plan.append(
                    Self.command("\(number)", in: "pod \(pod)", on: node, volatility: rank, work(["pod \(pod)", node])))
            }
        }
        let count = 1 + generator.next(4)
        let captured = try await Captured.from(options) { [plan] engine, _ in
            await withTaskGroup(of: Void.self) { group in
                for part in 0..<count {
                    group.addTask { await engine.run(plan.indices.filter { $0 % count == part }.map { plan[$0] }) }
                }
            }
        }
        #expect(Set(captured.lines.map(\.step)) == Set((0..<300).map { "\($0)" }))
        #expect(captured.lines.count == 300)
        // What is read from this host has as many slots of its own.
        #expect(captured.seen.most <= options.concurrency * 2)
        for (place, most) in crowds.most {
            if place.hasPrefix("pod") { #expect(most <= 2) }
            if place.hasPrefix("node") { #expect(most <= max(1, options.concurrency / 2)) }
        }
    }

    /// Two are under way, and either may get its slot first: each is as volatile as those that begin a little later.
    @Test func whoWaitsForAPlaceGoesInTheOrderOfVolatility() async throws {
        var generator = SeededGenerator(seed: 3)
        var options = CaptureEngine.Options.quick
        options.patience = .seconds(30)
        let ranks = (0..<24).map { _ in 3 + generator.next(6) }
        let captured = try await Captured.from(options) { engine, _ in
            await engine.run(
                ranks.enumerated().map { number, rank in
                    Self.command("\(number)", in: "one", on: "node", volatility: rank) { _ in
                        try await Task.sleep(for: .milliseconds(20))
                        return .ok
                    }
                })
        }
        let begun = captured.lines.sorted { $0.attempt < $1.attempt }.map(\.volatility)
        #expect(begun.count == 24)
        #expect(zip(begun, begun.dropFirst(4)).allSatisfy { $0 <= $1 }, "\(begun)")
    }

    /// Who still waits for a place when the run is ended has a line, at once.
    @Test func whoWaitsForAPlaceIsSkippedWhenTheRunEnds() async throws {
        let begun = Begun()
        let captured = try await Captured.from { engine, _ in
            async let run: Void = engine.run(
                (0..<50).map { number in
                    Self.command("\(number)", in: "one", on: "node") { _ in
                        begun.add()
                        try await Task.sleep(for: .seconds(600))
                        return .ok
                    }
                })
            while begun.count < 2 { try await Task.sleep(for: .milliseconds(10)) }
            engine.stop(.deadline)
            await run
        }
        #expect(captured.lines.count == 50)
        #expect(captured.lines.filter { $0.state == .timeout }.count == 2)
        #expect(captured.lines.filter { $0.state == .skipped }.count == 48)
    }

    /// Samples mostly wait: they take nobody's place.
    @Test func samplesDoNotCount() async throws {
        let gate = Gate()
        let captured = try await Captured.from { engine, _ in
            let samples = (0..<3).map { number in
                var sample = Self.command("sample \(number)", in: "one") { _ in
                    try await gate.wait()
                    return .ok
                }
                sample.lane = .long
                return sample
            }
            let command = Self.command("command", in: "one", volatility: 6) { _ in
                gate.open()
                return .ok
            }
            await engine.run(samples + [command])
        }
        #expect(captured.lines.filter { $0.state == .ok }.count == 4)
    }
}

/// How many have begun.
private final class Begun: Sendable {
    private let number = Mutex(0)

    func add() {
        number.withLock { $0 += 1 }
    }

    var count: Int { number.withLock { $0 } }
}
