internal import Synchronization

/// When the next request may go out: below the ceiling that the operator set, and not before the server wants any. First come,
/// first served; who gives up leaves no gap for good.
final class RequestPace: Sendable {
    /// Whoever waited was cancelled while the server wanted no requests.
    struct CancelledWhilePaused: Error {}

    /// Nobody else is kept waiting for longer, whatever one request was told: another may be let through.
    static let maxPause = Duration.seconds(10)

    private struct State {
        /// The ceiling allows no request before this.
        var next = ContinuousClock.now
        var pausedUntil = ContinuousClock.now
        var nextID: UInt64 = 0
        /// Who waits, in order.
        var waiting: [UInt64] = []
    }

    private let interval: Duration?
    private let state = Mutex(State())

    /// - Parameter perSecond: the most requests a second, evenly spaced; nil for as many as there are.
    init(perSecond: Int?) {
        interval = perSecond.map { .seconds(1) / max(1, $0) }
    }

    /// Waits for a turn.
    ///
    /// - Throws: ``CancelledWhilePaused``, or the task's cancellation.
    func turn() async throws {
        let id = state.withLock { state in
            state.nextID += 1
            state.waiting.append(state.nextID)
            return state.nextID
        }
        while let moment = momentOfTurn(id) {
            do {
                try await Task.sleep(until: moment)
            } catch {
                let isPaused = state.withLock { state in
                    state.waiting.removeAll { $0 == id }
                    return state.pausedUntil > .now
                }
                throw isPaused ? CancelledWhilePaused() : error
            }
        }
    }

    /// When to look again; nil when the turn has come, and is taken.
    private func momentOfTurn(_ id: UInt64) -> ContinuousClock.Instant? {
        state.withLock { state in
            let now = ContinuousClock.now
            let place = state.waiting.firstIndex(of: id) ?? 0
            let due = max(state.next, state.pausedUntil)
            // Without a ceiling nobody waits for others.
            guard due <= now, place == 0 || interval == nil else {
                // One interval at most: those before may give up meanwhile.
                return max(due, now) + (place > 0 ? interval ?? .zero : .zero)
            }
            state.waiting.remove(at: place)
            if let interval { state.next = now + interval }
            return nil
        }
    }

    /// Nobody gets a turn for so long, up to ``maxPause``.
    func pause(_ duration: Duration) {
        state.withLock { $0.pausedUntil = max($0.pausedUntil, .now + min(duration, Self.maxPause)) }
    }
}
