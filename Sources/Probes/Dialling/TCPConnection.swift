internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A TCP connection to one address that was judged before.
public final class TCPConnection: ByteChannel {
    private let channel: any Channel
    private let inbox: Inbox

    private init(_ channel: any Channel, _ inbox: Inbox) {
        self.channel = channel
        self.inbox = inbox
    }

    /// Connects, lends the connection to `body`, and closes it in every case. Ends at once when its task is cancelled.
    ///
    /// - Throws: ``ProbeError`` for what the network does, and what `body` throws.
    public static func with<Value>(
        _ address: NetworkAddress, port: Int, within limit: Duration,
        _ body: (TCPConnection) async throws -> Value
    ) async throws -> Value {
        let connection = try await open(address, port: port, within: limit)
        defer { connection.channel.close(promise: nil) }
        return try await body(connection)
    }

    private static func open(
        _ address: NetworkAddress, port: Int, within limit: Duration
    ) async throws -> TCPConnection {
        let subject = address.description(port: port)
        let inbox = Inbox()
        let holder = ChannelHolder()
        do {
            let target = try SocketAddress(packedIPAddress: ByteBuffer(bytes: address.bytes), port: port)
            let channel = try await withTaskCancellationHandler {
                try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connectTimeout(TimeAmount(limit))
                    .channelOption(.autoRead, value: false)
                    .channelInitializer { channel in
                        holder.hold(channel)
                        return channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(InboxHandler(inbox))
                        }
                    }
                    .connect(to: target).get()
            } onCancel: {
                holder.close()
            }
            try Task.checkCancellation()
            return TCPConnection(channel, inbox)
        } catch {
            holder.close()
            if error is CancellationError || Task.isCancelled { throw CancellationError() }
            throw NetworkFailure.error(error, doing: "connecting to", subject: subject)
        }
    }

    /// The address that this machine dialled from.
    public var localAddress: String? { channel.localAddress?.ipAddress }

    public func send(_ bytes: [UInt8]) async throws {
        do {
            try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
        } catch {
            throw NetworkFailure.error(error, doing: "sending to", subject: subject)
        }
    }

    public func receive() async throws -> [UInt8]? {
        do {
            return try await inbox.next { channel.read() }
        } catch let error as CancellationError {
            throw error
        } catch {
            throw NetworkFailure.error(error, doing: "reading from", subject: subject)
        }
    }

    private var subject: String {
        guard let remote = channel.remoteAddress, let address = remote.ipAddress else { return "the other side" }
        return NetworkAddress(address)?.description(port: remote.port ?? 0) ?? address
    }
}

/// Holds a channel from its making on, so that it can be closed at any time: a future's `get()` does not hear a cancellation.
final class ChannelHolder: Sendable {
    private struct State {
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

/// What has come over a connection and waits for its reader.
final class Inbox: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var end: Result<Void, any Error>?
        var waiter: CheckedContinuation<[UInt8]?, any Error>?
    }

    private let state = Mutex(State())

    func put(_ more: [UInt8]) {
        let (waiter, bytes) = state.withLock { state -> (CheckedContinuation<[UInt8]?, any Error>?, [UInt8]) in
            state.bytes += more
            guard let waiter = state.waiter else { return (nil, []) }
            defer {
                state.waiter = nil
                state.bytes = []
            }
            return (waiter, state.bytes)
        }
        waiter?.resume(returning: bytes)
    }

    /// The first end counts.
    func end(_ result: Result<Void, any Error>) {
        let waiter = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
            if state.end == nil { state.end = result }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(with: result.map { nil })
    }

    /// - Parameter read: asks for more, when nothing is here.
    func next(_ read: () -> Void) async throws -> [UInt8]? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<[UInt8]?, any Error>? in
                    if !state.bytes.isEmpty {
                        defer { state.bytes = [] }
                        return .success(state.bytes)
                    }
                    if let end = state.end { return end.map { nil } }
                    state.waiter = continuation
                    return nil
                }
                if let result { continuation.resume(with: result) } else { read() }
            }
        } onCancel: {
            end(.failure(CancellationError()))
        }
    }
}

/// Fills an inbox, only as often as its reader asks: what was not asked for waits with the sender.
private final class InboxHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let inbox: Inbox

    init(_ inbox: Inbox) {
        self.inbox = inbox
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        inbox.put(Array(unwrapInboundIn(data).readableBytesView))
    }

    func channelInactive(context: ChannelHandlerContext) {
        inbox.end(.success(()))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        inbox.end(.failure(error))
        context.close(promise: nil)
    }
}

extension TimeAmount {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        // A century is as good as forever, and does not overflow.
        self = .nanoseconds(min(max(seconds, 0), 3_153_600_000) * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
