internal import NIOCore
internal import Synchronization

/// Hands elements from an event loop to one task, in order, in batches, with a bound on what waits between them.
///
/// The waiting side ends at once on cancellation, and after `idleLimit` without an element. Time in which nobody waits does not
/// count: a slow reader is not a silent server.
final class Mailbox<Element: Sendable>: Sendable {

    private struct State {
        var elements: [Element] = []
        var cost = 0
        var end: Result<Void, any Error>?
        var waiter: CheckedContinuation<[Element]?, any Error>?
        var waitingSince: NIODeadline?
        var resumeProducer: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let highWatermark: Int

    /// - Parameter highWatermark: the sum of costs at which a producer is asked to pause.
    init(highWatermark: Int = 256 << 10) {
        self.highWatermark = highWatermark
    }

    /// Adds an element. When too much waits already, false comes back, and `resume` is called once room is there again
    /// (or the reader is gone).
    func offer(_ element: Element, cost: Int, resume: @escaping @Sendable () -> Void) -> Bool {
        let (waiter, batch, goesOn) = state.withLock {
            state -> (CheckedContinuation<[Element]?, any Error>?, [Element], Bool) in
            guard state.end == nil else { return (nil, [], true) }
            if let waiter = state.waiter {
                state.waiter = nil
                state.waitingSince = nil
                return (waiter, [element], true)
            }
            state.elements.append(element)
            state.cost += cost
            guard state.cost < highWatermark else {
                state.resumeProducer = resume
                return (nil, [], false)
            }
            return (nil, [], true)
        }
        waiter?.resume(returning: batch)
        return goesOn
    }

    /// Ends the stream after what was offered. Only the first end counts.
    func finish(_ result: Result<Void, any Error>) {
        let (waiter, resume) = state.withLock {
            state -> (CheckedContinuation<[Element]?, any Error>?, (@Sendable () -> Void)?) in
            guard state.end == nil else { return (nil, nil) }
            state.end = result
            defer {
                state.waiter = nil
                state.waitingSince = nil
                state.resumeProducer = nil
            }
            return (state.waiter, state.resumeProducer)
        }
        waiter?.resume(with: result.map { nil })
        resume?()
    }

    /// Forgets what waits and ends the stream: the reader goes.
    func abandon() {
        state.withLock { state in
            state.elements = []
            state.cost = 0
        }
        finish(.failure(CancellationError()))
    }

    /// All that has arrived, waiting for at least one element; nil at the end. Only one task may wait.
    func next() async throws -> [Element]? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (result, resume) = state.withLock {
                    state -> (Result<[Element]?, any Error>?, (@Sendable () -> Void)?) in
                    if !state.elements.isEmpty {
                        defer {
                            state.elements = []
                            state.cost = 0
                            state.resumeProducer = nil
                        }
                        return (.success(state.elements), state.resumeProducer)
                    }
                    if let end = state.end { return (end.map { nil }, nil) }
                    state.waiter = continuation
                    state.waitingSince = .now()
                    return (nil, nil)
                }
                resume?()
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            abandon()
        }
    }

    /// Ends a wait that has lasted longer than the limit; says whether it did.
    func expire(idleLimit: TimeAmount) -> Bool {
        let isIdle = state.withLock { state in
            guard let since = state.waitingSince else { return false }
            return NIODeadline.now() - since >= idleLimit
        }
        if isIdle { finish(.failure(IdleTimeoutError())) }
        return isIdle
    }

    /// Whether the producer has come to its end without an error (elements may still wait).
    var hasSucceeded: Bool {
        state.withLock { state in
            if case .success? = state.end { true } else { false }
        }
    }
}

/// Silence that lasted longer than the client's patience.
struct IdleTimeoutError: Error {}

/// Looks at a mailbox from time to time, so that a silent server ends as a timeout.
struct IdleWatch: Sendable {
    private let task: RepeatedTask

    init<Element>(
        _ mailbox: Mailbox<Element>, limit: TimeAmount, on eventLoop: any EventLoop,
        later: (@Sendable () -> TimeAmount?)? = nil, expired: @escaping @Sendable () -> Void
    ) {
        let step = TimeAmount.nanoseconds(min(max(limit.nanoseconds / 8, 5_000_000), 1_000_000_000))
        task = eventLoop.scheduleRepeatedTask(initialDelay: step, delay: step) { task in
            if mailbox.expire(idleLimit: later?() ?? limit) {
                task.cancel()
                expired()
            }
        }
    }

    func cancel() {
        task.cancel()
    }
}

extension TimeAmount {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        // A century is as good as forever, and does not overflow.
        let bounded = min(max(seconds, 0), 3_153_600_000)
        self = .nanoseconds(bounded * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
