internal import BundleFormat
internal import Collection

/// Asks attempts how they would end, a few at once, each within a time and all within another. Whoever gives no answer (a folder
/// on a dead file system, a silent name server) is left behind.
struct ForesightPass: Sendable {
    /// For one, and for all together.
    static let patience = Duration.seconds(4)
    static let wholePatience = Duration.seconds(12)
    private static let mostAtOnce = 12

    private let reach: Foresight.Reach

    init(_ reach: Foresight.Reach) {
        self.reach = reach
    }

    /// Those that nothing speaks against are asked; behind one that leads to others come these.
    func items(_ attempts: [(PlannedAttempt, CapturePreview.Verdict)]) async -> [CapturePreview.Item] {
        await items(attempts, until: .now + Self.wholePatience)
    }

    private func items(
        _ attempts: [(PlannedAttempt, CapturePreview.Verdict)], until end: ContinuousClock.Instant
    ) async -> [CapturePreview.Item] {
        var items: [[CapturePreview.Item]] = []
        items.reserveCapacity(attempts.count)
        var open: [(place: Int, attempt: PlannedAttempt)] = []
        for (attempt, verdict) in attempts {
            if attempt.foresee != nil, case .possible = verdict { open.append((items.count, attempt)) }
            items.append([CapturePreview.Item(attempt, verdict)])
        }
        for (place, found) in await answers(open, until: end) { items[place] = found }
        return items.flatMap(\.self)
    }

    private func answers(
        _ open: [(place: Int, attempt: PlannedAttempt)], until end: ContinuousClock.Instant
    ) async -> [Int: [CapturePreview.Item]] {
        await withTaskGroup(of: (Int, [CapturePreview.Item]).self) { group in
            var results: [Int: [CapturePreview.Item]] = [:]
            for (index, one) in open.enumerated() {
                if index >= Self.mostAtOnce, let (place, found) = await group.next() { results[place] = found }
                group.addTask { (one.place, await answer(one.attempt, until: end)) }
            }
            for await (place, found) in group { results[place] = found }
            return results
        }
    }

    private func answer(_ attempt: PlannedAttempt, until end: ContinuousClock.Instant) async -> [CapturePreview.Item] {
        let limit = min(Self.patience, ContinuousClock.now.duration(to: end))
        guard limit > .zero else {
            return [.init(attempt, .unknown("not looked at: the others took all the time"))]
        }
        guard let foresight = await foresight(attempt, within: limit) else {
            return [.init(attempt, .unknown("no answer within \(Self.patience.components.seconds) s"))]
        }
        let verdict = foresight.outcome.map { CapturePreview.Verdict.settled($0) }
        var item = CapturePreview.Item(attempt, verdict ?? foresight.unknown.map { .unknown($0) } ?? .possible)
        // What it leads to is known now.
        if attempt.leadsTo != nil { item.leadsTo = nil }
        let next = foresight.next.map { ($0, $0.known.map { .settled($0) } ?? CapturePreview.Verdict.possible) }
        // Those lead to nothing more, so this ends.
        return [item] + (next.isEmpty ? [] : await items(next, until: end))
    }

    /// Nil when there was no answer. An error that is no outcome is one of its own.
    private func foresight(_ attempt: PlannedAttempt, within limit: Duration) async -> Foresight? {
        guard let foresee = attempt.foresee else { return Foresight() }
        let reach = reach
        let (answers, feed) = AsyncStream<Foresight>.makeStream()
        let work = Task {
            do {
                feed.yield(try await foresee(reach))
            } catch let failure as StepFailure {
                feed.yield(Foresight(failure.outcome))
            } catch is CancellationError {
            } catch {
                feed.yield(Foresight(.error("Failed", TextSafety.oneLine("\(error)"))))
            }
            feed.finish()
        }
        let timer = Task {
            try? await Task.sleep(for: limit)
            feed.finish()
        }
        defer {
            work.cancel()
            timer.cancel()
        }
        for await answer in answers { return answer }
        return nil
    }
}
