public import Bundle
public import BundleFormat
internal import Synchronization

/// Runs attempts by volatility, a bounded number at once, each within its limits, and gives each its one ledger line.
public final class CaptureEngine: Sendable {
    public struct Options: Sendable {
        /// Attempts under way at once.
        public var concurrency = 8
        /// How long a stopped attempt may take to end before it is left behind.
        public var grace = Duration.seconds(2)
        /// Attempts up to this rank are volatile: what is less volatile waits for them, so that it does not slow them down …
        public var volatileRank = 2
        /// … but no longer than this, so that one that hangs does not hold up the rest.
        public var patience = Duration.seconds(5)
        public init() {}
    }

    /// What became of the attempts so far.
    public struct Summary: Sendable {
        public var states: [AttemptState: Int] = [:]
        /// Captured bytes and entries.
        public var bytes: UInt64 = 0
        public var entries = 0
        /// What was not had, losses first.
        public var gaps: [Gap] = []
        /// Why the run was ended early, if it was.
        public var stopped: RunStop?
    }

    private struct State {
        var next = 1
        var plans = 0
        var running: [Int: RunningAttempt] = [:]
        var summary = Summary()
        var gaps = GapGroups()
        var failure: (any Error)?
        /// Attempts that did not begin because the bundle takes nothing more.
        var unbegun = UnbegunAttempts()
        /// Collectors whose definitions are in the bundle, or on their way into it.
        var defined: Set<String> = []
    }

    private let state = Mutex(State())
    private let writer: BundleWriter
    private let options: Options
    private let definitions: CollectorCatalog.Selection?
    private let pools: SlotPools
    private let places: TargetPlaces
    private let budgets: CollectorBudgets
    public let clock: RunClock
    private let observer: any RunObserver

    /// - Parameter definitions: of the collectors that attempts may be by, and the profile that chose them. Those of which one
    ///   is planned go into the bundle, and the profile.
    public init(
        writer: BundleWriter, clock: RunClock, observer: any RunObserver, options: Options = Options(),
        definitions: CollectorCatalog.Selection? = nil
    ) {
        self.definitions = definitions
        self.writer = writer
        self.clock = clock
        self.observer = observer
        self.options = options
        pools = SlotPools(options.concurrency)
        places = TargetPlaces(slots: options.concurrency)
        budgets = CollectorBudgets(definitions?.catalog.collectors ?? [])
    }

    public var summary: Summary {
        state.withLock { state in
            var summary = state.summary
            summary.gaps = state.gaps.sorted
            return summary
        }
    }

    /// The failure of the bundle itself (disk full …) that ended the run, if one did.
    public var failure: (any Error)? { state.withLock { $0.failure } }

    /// Ends the run early: what is under way is cut off and kept, what has not begun is `skipped`.
    public func stop(_ cause: RunStop) {
        if end(cause) { observer.stopped(cause) }
    }

    /// True when nothing ended it before.
    private func end(_ cause: RunStop) -> Bool {
        let (isFirst, running) = state.withLock { state in
            defer { state.summary.stopped = state.summary.stopped ?? cause }
            return (state.summary.stopped == nil, Array(state.running.values))
        }
        for attempt in running { attempt.stop(StopCause(cause)) }
        return isFirst
    }

    /// Runs the attempts in order of volatility. Returns when each has its ledger line.
    @concurrent
    public func run(_ attempts: consuming [PlannedAttempt]) async {
        // In place, since there can be a hundred thousand; it is stable.
        attempts.sort { $0.volatility < $1.volatility }
        let plan = RunningPlan(attempts, number: nextPlan(), volatileRank: options.volatileRank)
        let count = plan.attempts.count
        observer.planned(count)
        await define(plan.attempts)
        let split = plan.volatileCount
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.runHanded(plan) }
            group.addTask { await self.runAll(0..<split, plan) }
            await plan.volatileEnd(atMost: options.patience)
            group.addTask { await self.runAll(split..<count, plan) }
        }
        await recordUnbegun()
    }

    /// The names of collectors that an attempt was made by, or is under way, if their definitions go into the bundle.
    public var collectors: Set<String> { state.withLock { $0.defined } }

    /// Puts the definitions of the collectors that these attempts are by into the bundle, once, before what they capture.
    private func define(_ attempts: [PlannedAttempt]) async {
        guard let definitions else { return }
        await define("profile.\(definitions.profile.name)", definitions.profile.source)
        let names = Set(attempts.map(\.collector))
        for definition in definitions.catalog.collectors where names.contains(definition.name) {
            await define(definition.name, definition.source)
        }
    }

    private func define(_ name: String, _ source: String) async {
        guard state.withLock({ $0.defined.insert(name).inserted }) else { return }
        do {
            try await writer.definition(name: "\(name).yaml", bytes: Array(source.utf8))
        } catch let error as BundleError where error.code == .outOfRoom {
            // What is planned is then listed as not begun.
            stop(RunStop(writer.roomEnd ?? .diskFull))
        } catch {
            fail(error)
        }
    }

    /// Starts attempts in their order, each when its target has a place for it and a slot is free. One that found no place is
    /// begun by the attempt that makes it one, or handed to its plan by it.
    private func runAll(_ indices: Range<Int>, _ plan: RunningPlan) async {
        await withDiscardingTaskGroup { group in
            for index in indices where places.enter(TargetPlaces.Member(plan: plan, index: index)) {
                let number = await begin(plan.attempts[index])
                group.addTask { await self.run(index, number, of: plan) }
            }
        }
    }

    /// Begins what attempts of other plans made a place for.
    private func runHanded(_ plan: RunningPlan) async {
        await withDiscardingTaskGroup { group in
            for await index in plan.handed {
                group.addTask { await self.run(index, await self.begin(plan.attempts[index]), of: plan) }
            }
        }
    }

    /// Runs an attempt that has its places and a slot, and then those of its plan that get its places.
    private func run(_ first: Int, _ firstNumber: Int?, of plan: RunningPlan) async {
        var (index, number) = (first, firstNumber)
        while true {
            let planned = plan.attempts[index]
            if let number { await execute(planned, number) }
            pools.slots(for: planned).giveBack()
            let next = places.leave(TargetPlaces.Member(plan: plan, index: index))
            plan.hasEnded(index)
            guard let next else { return }
            guard next.plan === plan else { return next.plan.hand(next.index) }
            index = next.index
            number = await begin(plan.attempts[index])
        }
    }

    /// Waits for a slot, which is to be given back.
    ///
    /// - Returns: the number of the attempt; nil when there is no room for a line of its own.
    private func begin(_ planned: PlannedAttempt) async -> Int? {
        // What is volatile goes before others that wait.
        await pools.slots(for: planned).take(first: planned.volatility <= options.volatileRank)
        guard let end = writer.roomEnd else { return nextNumber() }
        stop(RunStop(end))
        state.withLock { $0.unbegun.add(planned) }
        return nil
    }

    private func nextPlan() -> Int {
        state.withLock { state in
            state.plans += 1
            return state.plans
        }
    }

    private func nextNumber() -> Int {
        state.withLock { state in
            defer { state.next += 1 }
            return state.next
        }
    }

    private func execute(_ planned: PlannedAttempt, _ number: Int) async {
        let running = RunningAttempt(grace: options.grace)
        let stopped = state.withLock { state -> RunStop? in
            if state.summary.stopped == nil { state.running[number] = running }
            return state.summary.stopped
        }
        let wall = RunClock.wall
        let start = clock.monotonic
        observer.started(number, label: planned.label)
        // If the run is killed, this is what the recovered bundle knows of it.
        var refusal: Outcome?
        do {
            try await writer.begin(
                OpenAttempt(
                    attempt: number, collector: planned.collector, step: planned.step, target: planned.target,
                    source: planned.source, volatility: planned.volatility, started: wall, monotonic: start))
        } catch {
            if (error as? BundleError)?.code == .outOfRoom {
                let end = writer.roomEnd ?? .diskFull
                refusal = .skipped(end.reasonCode, "not begun: \(end.words)")
                stop(RunStop(end))
            } else {
                refusal = .error("Unexpected", "\(error)")
                fail(error)
            }
        }
        let context = AttemptContext(
            number: number, planned: planned, budgets: budgets, keeper: BundleKeeper(writer: writer), clock: clock,
            observer: observer,
            failed: { [weak self] error in self?.fail(error) },
            isFull: { [weak self] end in self?.stop(RunStop(end)) })
        let outcome: Outcome
        if let refusal {
            outcome = refusal
        } else if let stopped {
            outcome = .skipped("RunEnded", "not begun: the run was ended early (\(stopped.rawValue))")
        } else {
            outcome = await work(planned, running, context)
        }
        let receipts = await context.close()
        let line = LedgerLine(
            attempt: number, collector: planned.collector, step: planned.step, target: planned.target,
            source: planned.source, via: context.way, state: outcome.state, reason: outcome.reason?.bounded,
            receipts: receipts,
            truncated: outcome.truncated, volatility: planned.volatility, started: wall, ended: RunClock.wall,
            monotonic: start...max(start, clock.monotonic))
        do {
            try await writer.record(line)
        } catch {
            fail(error)
        }
        settle(number, line)
    }

    /// Does an attempt, within its limits and what is left of its collector's.
    private func work(
        _ planned: PlannedAttempt, _ running: RunningAttempt, _ context: AttemptContext
    ) async -> Outcome {
        // What is known without trying costs nothing.
        let (left, refusal) = planned.known == nil ? budgets.begin(planned.collector) : (nil, nil)
        if let refusal { return refusal }
        let own = planned.limits.timeout
        let isShorter = left.map { $0 < own } ?? false
        let end = await running.run(
            timeout: isShorter ? left ?? own : own, over: isShorter ? .collectorTimeout : .timeout
        ) { try await planned.work(context) }
        return end.outcome(cause: running.cause, of: planned, bytes: context.bytes, budgets)
    }

    private func settle(_ number: Int, _ line: LedgerLine) {
        state.withLock { state in
            state.running[number] = nil
            state.summary.states[line.state, default: 0] += 1
            state.summary.bytes += line.bytes
            state.summary.entries += line.entries.count
            state.gaps.add(line)
        }
        observer.ended(line)
    }

    /// One line for all of a step that could not begin: their own would not have fitted.
    private func recordUnbegun() async {
        let groups = state.withLock { state in
            defer { state.unbegun = UnbegunAttempts() }
            return state.unbegun.groups
        }
        for group in groups {
            let number = nextNumber()
            let line = group.line(
                number, because: writer.roomEnd ?? .diskFull, time: RunClock.wall, monotonic: clock.monotonic)
            observer.started(number, label: "")
            do {
                try await writer.record(line)
            } catch {
                fail(error)
            }
            settle(number, line)
            observer.skipped(group.count - 1)
        }
    }

    /// The bundle cannot take more: nothing that follows could be kept, so the run ends.
    private func fail(_ error: any Error) {
        guard !(error is CancellationError) else { return }
        let first = state.withLock { state in
            defer { state.failure = state.failure ?? error }
            return state.failure == nil
        }
        // Nothing will be sealed, so nothing is said of sealing.
        if first { _ = end(.interrupted) }
    }
}
