internal import Synchronization

/// Lets a number of requests through at a time, in order.
///
/// The connection pool has a limit of its own, but counts waiting for a connection as connecting, and fails it after the connect
/// timeout: eight endless logs would fail the ninth.
final class ConnectionGate: Sendable {
    private struct State {
        var slots: Int
        var taken = 0
        var nextID: UInt64 = 0
        var waiters: [(id: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
        var cancelled: Set<UInt64> = []
        var lastEntry = ContinuousClock.now
        /// Whether somebody looks after the patience of those who wait.
        var isWatched = false

        mutating func take() {
            taken += 1
            lastEntry = .now
        }

        mutating func admitted() -> [CheckedContinuation<Void, any Error>] {
            var admitted: [CheckedContinuation<Void, any Error>] = []
            while taken < slots, !waiters.isEmpty {
                take()
                admitted.append(waiters.removeFirst().continuation)
            }
            return admitted
        }
    }

    private let state: Mutex<State>
    private let patience: Duration?

    /// - Parameter patience: when nobody got in for so long, the next one does, so that a few that hang do not hold up all others.
    init(slots: Int, patience: Duration? = nil) {
        state = Mutex(State(slots: slots))
        self.patience = patience
    }

    /// Waits for a slot. Every return must be followed by ``leave()``; a throw must not.
    func enter() async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<Void, any Error>? in
                    if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    if state.taken < state.slots {
                        state.take()
                        return .success(())
                    }
                    state.waiters.append((id, continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) } else { watch() }
            }
        } onCancel: {
            cancel(id)
        }
        state.withLock { _ = $0.cancelled.remove(id) }
    }

    func leave() {
        change { $0.taken -= 1 }
    }

    /// So many from now on; who is through stays so.
    func resize(slots: Int) {
        change { $0.slots = slots }
    }

    private func change(_ change: (inout State) -> Void) {
        let admitted = state.withLock { state in
            change(&state)
            return state.admitted()
        }
        for continuation in admitted { continuation.resume() }
    }

    private func watch() {
        guard let patience else { return }
        let isWatched = state.withLock { state in
            defer { state.isWatched = true }
            return state.isWatched
        }
        guard !isWatched else { return }
        Task { [weak self] in
            while let moment = self?.admitLate(after: patience) { try? await Task.sleep(until: moment) }
        }
    }

    /// Lets the first through if it is time.
    ///
    /// - Returns: when to look again; nil when nobody waits.
    private func admitLate(after patience: Duration) -> ContinuousClock.Instant? {
        let (late, moment) = state.withLock {
            state -> (CheckedContinuation<Void, any Error>?, ContinuousClock.Instant?) in
            guard !state.waiters.isEmpty else {
                state.isWatched = false
                return (nil, nil)
            }
            guard state.lastEntry + patience <= .now else { return (nil, state.lastEntry + patience) }
            state.take()
            return (state.waiters.removeFirst().continuation, state.lastEntry + patience)
        }
        late?.resume()
        return moment
    }

    private func cancel(_ id: UInt64) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else {
                // Not waiting yet, or already through: `enter` looks for it, and forgets it.
                state.cancelled.insert(id)
                return nil
            }
            return state.waiters.remove(at: index).continuation
        }
        waiter?.resume(throwing: CancellationError())
    }
}
