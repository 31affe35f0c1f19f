internal import Synchronization

/// The attempts of one call of ``CaptureEngine/run(_:)``, until each has ended.
///
/// One that waits for a place may get it from an attempt of another plan, which runs beside this one: then it comes by ``handed``.
final class RunningPlan: Sendable {
    /// In order of volatility.
    let attempts: [PlannedAttempt]
    /// Of the plans of an engine, in the order in which they began.
    let number: Int
    /// How many of the attempts are volatile: the first.
    let volatileCount: Int
    /// Attempts that have their places, and are to be begun. Ends when all have ended.
    let handed: AsyncStream<Int>
    private let feed: AsyncStream<Int>.Continuation
    private let volatileEnds: AsyncStream<Void>
    private let volatileFeed: AsyncStream<Void>.Continuation

    private struct Left {
        var all: Int
        var volatileOnes: Int
    }

    private let left: Mutex<Left>

    /// - Parameter volatileRank: attempts up to this rank are volatile.
    init(_ attempts: [PlannedAttempt], number: Int, volatileRank: Int) {
        self.attempts = attempts
        self.number = number
        volatileCount = attempts.firstIndex { $0.volatility > volatileRank } ?? attempts.count
        (handed, feed) = AsyncStream<Int>.makeStream()
        (volatileEnds, volatileFeed) = AsyncStream<Void>.makeStream()
        left = Mutex(Left(all: attempts.count, volatileOnes: volatileCount))
        if attempts.isEmpty { feed.finish() }
        if volatileCount == 0 { volatileFeed.finish() }
    }

    func hand(_ index: Int) {
        feed.yield(index)
    }

    /// To be called once for each attempt.
    func hasEnded(_ index: Int) {
        let left = left.withLock { left in
            left.all -= 1
            if index < volatileCount { left.volatileOnes -= 1 }
            return left
        }
        if left.volatileOnes == 0 { volatileFeed.finish() }
        if left.all == 0 { feed.finish() }
    }

    /// Waits until the volatile attempts have ended.
    func volatileEnd(atMost patience: Duration) async {
        let timer = Task { [volatileFeed] in
            try? await Task.sleep(for: patience)
            volatileFeed.finish()
        }
        for await _ in volatileEnds {}
        timer.cancel()
    }
}
