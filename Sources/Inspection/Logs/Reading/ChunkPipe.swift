internal import Synchronization

/// Chunks of a log on their way from the thread that reads it to a task that may wait long for whoever takes them.
///
/// A few at a time: the thread waits meanwhile, the task never holds one up.
final class ChunkPipe: Sendable {
    enum Next {
        case chunk([UInt8])
        case end(LogReadReport)
    }

    private struct State {
        var chunks: [[UInt8]] = []
        var end: Result<LogReadReport, any Error>?
        var isClosed = false
        /// Of the task, while it waits.
        var waiting: CheckedContinuation<Void, Never>?

        var isIdle: Bool { chunks.isEmpty && end == nil && !isClosed }
    }

    /// Nobody takes any more.
    private struct Closed: Error {}

    private let monitor = Monitor(State())

    private static let most = 4

    /// Waits, and blocks its thread, until there is room.
    ///
    /// - Throws: when nobody wants more.
    func send(_ chunk: [UInt8]) throws {
        let waiting = try monitor.wait { state -> CheckedContinuation<Void, Never>?? in
            guard !state.isClosed else { throw Closed() }
            guard state.chunks.count < Self.most else { return nil }
            state.chunks.append(chunk)
            return .some(state.waiting.take())
        }
        waiting?.resume()
    }

    func finish(_ result: Result<LogReadReport, any Error>) {
        wake { $0.end = result }
    }

    /// Nobody takes any more.
    func close() {
        wake { state in
            state.isClosed = true
            state.chunks = []
        }
    }

    /// - Throws: what the reading threw, and `CancellationError`.
    func next() async throws -> Next {
        while true {
            try Task.checkCancellation()
            if let next = try take() { return next }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    var isIdle = false
                    monitor.change { state in
                        isIdle = state.isIdle
                        if isIdle { state.waiting = continuation }
                    }
                    if !isIdle { continuation.resume() }
                }
            } onCancel: {
                close()
            }
        }
    }

    private func take() throws -> Next? {
        var next: Result<Next, any Error>?
        monitor.change { state in
            if state.isClosed {
                next = .failure(CancellationError())
            } else if !state.chunks.isEmpty {
                next = .success(.chunk(state.chunks.removeFirst()))
            } else if let end = state.end {
                next = end.map(Next.end)
            }
        }
        return try next?.get()
    }

    private func wake(_ body: (inout State) -> Void) {
        var waiting: CheckedContinuation<Void, Never>?
        monitor.change { state in
            body(&state)
            waiting = state.waiting.take()
        }
        waiting?.resume()
    }
}
