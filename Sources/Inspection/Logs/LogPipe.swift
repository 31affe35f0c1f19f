/// Batches of lines on their way from the task that reads them to the thread that runs a statement, which waits for them.
///
/// A few at a time: who reads faster waits.
final class LogPipe: Sendable {
    private struct State {
        var batches: [LogBatch] = []
        var end: Result<Void, any Error>?
        var isClosed = false
    }

    /// Nobody reads any more.
    struct Closed: Error {}

    private let monitor = Monitor(State())

    private static let most = 8

    /// - Throws: ``Closed`` when nobody wants more.
    func send(_ batch: LogBatch) throws {
        try monitor.wait { state -> Void? in
            guard !state.isClosed else { throw Closed() }
            guard state.batches.count < Self.most else { return nil }
            state.batches.append(batch)
            return ()
        }
    }

    func finish(_ result: Result<Void, any Error>) {
        monitor.change { $0.end = result }
    }

    /// The next batch, waited for; nil at the end.
    ///
    /// - Parameter isOver: asked a few times a second while nothing comes.
    /// - Throws: `CancellationError` when it is over, and what the reading threw.
    func receive(unless isOver: () -> Bool) throws -> LogBatch? {
        try monitor.wait {
            if isOver() { throw CancellationError() }
        } for: { state -> LogBatch?? in
            guard state.batches.isEmpty else { return .some(state.batches.removeFirst()) }
            guard let end = state.end else { return nil }
            try end.get()
            return .some(nil)
        }
    }

    func close() {
        monitor.change { state in
            state.isClosed = true
            state.batches = []
        }
    }
}
