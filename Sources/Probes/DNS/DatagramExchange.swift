internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A UDP socket that is connected to one address: the kernel lets nothing else in, and chooses its port.
final class DatagramExchange: Sendable {
    private let channel: any Channel
    private let remote: SocketAddress
    private let datagrams: Datagrams

    private init(_ channel: any Channel, _ remote: SocketAddress, _ datagrams: Datagrams) {
        (self.channel, self.remote, self.datagrams) = (channel, remote, datagrams)
    }

    static func open(_ address: NetworkAddress, port: Int) async throws -> DatagramExchange {
        let datagrams = Datagrams()
        do {
            let remote = try SocketAddress(packedIPAddress: ByteBuffer(bytes: address.bytes), port: port)
            let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                // The largest there is.
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_535))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(DatagramHandler(datagrams))
                    }
                }
                .connect(to: remote).get()
            return DatagramExchange(channel, remote, datagrams)
        } catch {
            throw NetworkFailure.error(error, doing: "asking", subject: address.description(port: port))
        }
    }

    /// - Parameter limit: counted from the sending and by the thread that receives: however busy all others are, an answer that came in
    ///   time is had.
    func send(_ bytes: [UInt8], answerWithin limit: Duration) async throws {
        try await channel.writeAndFlush(AddressedEnvelope(remoteAddress: remote, data: ByteBuffer(bytes: bytes)))
        let datagrams = datagrams
        channel.eventLoop.scheduleTask(in: TimeAmount(limit)) { datagrams.end(DeadlineExceeded()) }
    }

    /// The next one. One task at a time.
    /// - Throws: ``DeadlineExceeded``; `IOError`; `CancellationError`.
    func receive() async throws -> [UInt8] { try await datagrams.next() }

    func close() { channel.close(promise: nil) }
}

/// Datagrams that wait for their reader; a flood of them is dropped, as the kernel would, and what comes after the end.
private final class Datagrams: Sendable {
    private struct State {
        var waiting: [[UInt8]] = []
        var failure: (any Error)?
        var waiter: CheckedContinuation<[UInt8], any Error>?
    }

    private static let mostWaiting = 16
    private let state = Mutex(State())

    func put(_ bytes: [UInt8]) {
        let waiter = state.withLock { state -> CheckedContinuation<[UInt8], any Error>? in
            guard state.failure == nil else { return nil }
            if state.waiter == nil, state.waiting.count < Self.mostWaiting { state.waiting.append(bytes) }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: bytes)
    }

    func end(_ error: any Error) {
        let waiter = state.withLock { state -> CheckedContinuation<[UInt8], any Error>? in
            if state.failure == nil { state.failure = error }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(throwing: error)
    }

    func next() async throws -> [UInt8] {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<[UInt8], any Error>? in
                    if !state.waiting.isEmpty { return .success(state.waiting.removeFirst()) }
                    if let failure = state.failure { return .failure(failure) }
                    state.waiter = continuation
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            end(CancellationError())
        }
    }
}

private final class DatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let datagrams: Datagrams

    init(_ datagrams: Datagrams) {
        self.datagrams = datagrams
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        datagrams.put(Array(unwrapInboundIn(data).data.readableBytesView))
    }

    /// Such as that nothing listens there, which the kernel learns by ICMP.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        datagrams.end(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        datagrams.end(ChannelError.eof)
    }
}
