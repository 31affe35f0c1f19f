internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Holds a channel from its making on, so that it can be closed at any time: a future's `get()` does not hear a cancellation.
final class ChannelHolder: Sendable {
    private struct State {
        /// More than one while several addresses of a host are tried.
        var channels: [any Channel] = []
        var isClosed = false
    }

    private let state = Mutex(State())

    func hold(_ channel: any Channel) {
        let isClosed = state.withLock { state in
            state.channels.append(channel)
            return state.isClosed
        }
        if isClosed { channel.close(promise: nil) }
    }

    func close() {
        let channels = state.withLock { state in
            state.isClosed = true
            return state.channels
        }
        for channel in channels { channel.close(promise: nil) }
    }
}

extension EventLoopFuture where Value: Sendable {
    /// Waits for the value, but not beyond a cancellation or the limit. What comes too late is dropped: whoever waits sees to it
    /// that it is closed.
    func value(within limit: Duration) async throws -> Value {
        let mailbox = Mailbox<Value>()
        whenComplete { result in
            switch result {
            case .success(let value):
                _ = mailbox.offer(value, cost: 0) {}
            case .failure(let error):
                mailbox.finish(.failure(error))
            }
        }
        let watch = IdleWatch(mailbox, limit: TimeAmount(limit), on: eventLoop) {}
        defer { watch.cancel() }
        guard let value = try await mailbox.next()?.first else { throw ChannelError.eof }
        return value
    }
}
