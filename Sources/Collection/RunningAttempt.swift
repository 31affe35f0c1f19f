internal import Bundle
internal import Synchronization

/// Why an attempt was cut off from outside.
enum StopCause: Sendable, Hashable {
    /// Its own limit of time.
    case timeout
    /// What was left of its collector's.
    case collectorTimeout
    /// The run's deadline.
    case deadline
    /// Ctrl-C, or a failure that ends the run.
    case interrupted
    /// There is room for the seal only.
    case outOfRoom(RoomEnd)
}

/// An attempt's task, and the race between its end and the moment when waiting for it is given up.
///
/// A task that does not obey cancellation (a read on a dead file system) is left behind after the grace; the run goes on.
final class RunningAttempt: Sendable {
    enum End: Sendable {
        case finished(Result<Outcome, any Error>)
        case abandoned
    }

    private struct State {
        var continuation: CheckedContinuation<End, Never>?
        var end: End?
        var cause: StopCause?
        var task: Task<Void, Never>?
        var timers: [Task<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let grace: Duration

    init(grace: Duration) {
        self.grace = grace
    }

    /// Why it was stopped, if it was.
    var cause: StopCause? { state.withLock { $0.cause } }

    /// Runs `work` until it ends, or until it was stopped and the grace is over.
    ///
    /// - Parameter over: the cause when it took longer than `timeout`.
    func run(timeout: Duration, over: StopCause = .timeout, _ work: @escaping @Sendable () async throws -> Outcome)
        async -> End
    {
        let task = Task.detached {
            do {
                self.settle(.finished(.success(try await work())))
            } catch {
                self.settle(.finished(.failure(error)))
            }
        }
        let timer = Task.detached {
            try? await Task.sleep(for: timeout)
            if !Task.isCancelled { self.stop(over) }
        }
        let (isStopped, isOver) = state.withLock { state in
            state.task = task
            if state.end == nil { state.timers.append(timer) }
            return (state.cause != nil, state.end != nil)
        }
        if isStopped { task.cancel() }
        // A quick piece of work is over before its timer was known.
        if isOver { timer.cancel() }
        return await withCheckedContinuation { continuation in
            let end = state.withLock { state -> End? in
                if state.end == nil { state.continuation = continuation }
                return state.end
            }
            if let end { continuation.resume(returning: end) }
        }
    }

    /// Cancels the work; after the grace it is abandoned. The first cause stays.
    func stop(_ cause: StopCause) {
        let task = state.withLock { state -> Task<Void, Never>? in
            guard state.cause == nil, state.end == nil else { return nil }
            state.cause = cause
            state.timers.append(
                Task.detached { [grace] in
                    try? await Task.sleep(for: grace)
                    if !Task.isCancelled { self.settle(.abandoned) }
                })
            return state.task
        }
        task?.cancel()
    }

    private func settle(_ end: End) {
        let (continuation, timers) = state.withLock {
            state -> (CheckedContinuation<End, Never>?, [Task<Void, Never>]) in
            guard state.end == nil else { return (nil, []) }
            state.end = end
            defer {
                state.continuation = nil
                state.timers = []
            }
            return (state.continuation, state.timers)
        }
        for timer in timers { timer.cancel() }
        continuation?.resume(returning: end)
    }
}
