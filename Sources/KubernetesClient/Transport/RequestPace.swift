internal import Synchronization

/// When the next request may go out: below the ceiling that the operator set, and not before the server wants any.
///
/// It is one for all requests of a client: where one is told to come back later, the others would be told the same, and each
/// would cost the server the answer.
final class RequestPace: Sendable {
    private struct State {
        /// The earliest turn that nobody has.
        var next = ContinuousClock.now
        var pausedUntil = ContinuousClock.now
    }

    private let interval: Duration?
    private let state = Mutex(State())

    /// - Parameter perSecond: the most requests a second, evenly spaced; nil for as many as there are.
    init(perSecond: Int?) {
        interval = perSecond.map { .seconds(1) / max(1, $0) }
    }

    /// Waits for a turn.
    func turn() async throws {
        if let interval {
            let mine = state.withLock { state in
                let mine = max(state.next, .now)
                state.next = mine + interval
                return mine
            }
            if mine > .now { try await Task.sleep(until: mine) }
        }
        while true {
            let end = state.withLock { $0.pausedUntil }
            guard end > .now else { return }
            try await Task.sleep(until: end)
        }
    }

    /// Nobody gets a turn for so long.
    func pause(_ duration: Duration) {
        state.withLock { $0.pausedUntil = max($0.pausedUntil, .now + duration) }
    }
}
