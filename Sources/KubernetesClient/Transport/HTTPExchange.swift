internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// One request on its way: its head, then its body in batches, with backpressure to the server.
final class HTTPExchange: Sendable {
    private enum Part: Sendable {
        case head(HTTPResponseHead)
        case body(ByteBuffer)
    }

    /// Puts what the client library receives into the mailbox.
    private final class Delegate: HTTPClientResponseDelegate {
        let mailbox: Mailbox<Part>

        init(_ mailbox: Mailbox<Part>) {
            self.mailbox = mailbox
        }

        func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
            offer(.head(head), cost: 0, on: task.eventLoop)
        }

        func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
            offer(.body(buffer), cost: buffer.readableBytes, on: task.eventLoop)
        }

        func didReceiveError(task: HTTPClient.Task<Void>, _ error: any Error) {
            mailbox.finish(.failure(error))
        }

        func didFinishRequest(task: HTTPClient.Task<Void>) throws {
            mailbox.finish(.success(()))
        }

        private func offer(_ part: Part, cost: Int, on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
            let room = eventLoop.makePromise(of: Void.self)
            if mailbox.offer(part, cost: cost, resume: { room.succeed(()) }) { room.succeed(()) }
            return room.futureResult
        }
    }

    private let mailbox = Mailbox<Part>()
    private let laterLimit: LaterLimit
    private let task: HTTPClient.Task<Void>
    private let watch: IdleWatch

    /// - Parameter idleLimit: the longest silence while somebody waits here, counted from the start on.
    init(client: HTTPClient, request: HTTPClient.Request, idleLimit: Duration) {
        let mailbox = mailbox
        let laterLimit = LaterLimit()
        self.laterLimit = laterLimit
        let task = client.execute(request: request, delegate: Delegate(mailbox))
        self.task = task
        watch = IdleWatch(
            mailbox, limit: TimeAmount(idleLimit), on: task.eventLoop, later: { laterLimit.value }
        ) { task.cancel() }
        // A client that is shut down fails the task without a word to the delegate.
        task.futureResult.whenFailure { mailbox.finish(.failure($0)) }
    }

    /// From now on another silence is allowed.
    func allow(silence: Duration) {
        laterLimit.value = TimeAmount(silence)
    }

    /// Waits for the head; then ``next()`` gives the body.
    func head() async throws -> (head: HTTPResponseHead, first: [UInt8]) {
        guard let parts = try await mailbox.next(), case .head(let head)? = parts.first else {
            throw HTTPClientError.remoteConnectionClosed
        }
        return (head, Self.bytes(parts.dropFirst()))
    }

    /// The next bytes of the body, all that have arrived; nil at its end.
    func next() async throws -> [UInt8]? {
        guard let parts = try await mailbox.next() else { return nil }
        return Self.bytes(parts[...])
    }

    /// Ends the request, if it has not ended yet.
    func close() {
        watch.cancel()
        guard !mailbox.hasSucceeded else { return }
        // First the mailbox: a producer that waits for room would never see the cancellation.
        mailbox.abandon()
        task.cancel()
    }

    private static func bytes(_ parts: ArraySlice<Part>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(
            parts.reduce(0) { sum, part in if case .body(let buffer) = part { sum + buffer.readableBytes } else { sum }
            })
        for case .body(let buffer) in parts { bytes.append(contentsOf: buffer.readableBytesView) }
        return bytes
    }
}

/// A limit that is set while the exchange goes on.
private final class LaterLimit: Sendable {
    private let limit = Mutex<TimeAmount?>(nil)

    var value: TimeAmount? {
        get { limit.withLock { $0 } }
        set { limit.withLock { $0 = newValue } }
    }
}
