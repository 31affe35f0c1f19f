import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A proxy that says what a test tells it to, whatever it is asked: for faults, and to see what a proxy is told.
final class FakeProxy: Sendable {
    /// What it does when bytes have come, for the first time, for the second, and so on; nothing after the last.
    enum Answer: Sendable {
        case say([UInt8])
        /// A byte at a time.
        case stutter([UInt8])
        /// And then a TCP reset.
        case sayAndReset([UInt8])
        case hang
        case close
    }

    /// What came each time, on all connections.
    private final class Log: Sendable {
        let turns = Mutex<[[UInt8]]>([])
    }

    private final class Connection: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let log: Log
        private var answers: ArraySlice<Answer>

        init(_ answers: [Answer], _ log: Log) {
            self.answers = answers[...]
            self.log = log
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Array(unwrapInboundIn(data).readableBytesView)
            log.turns.withLock { $0.append(bytes) }
            switch answers.popFirst() ?? .hang {
            case .hang: return
            case .say(let bytes): context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
            case .close: context.close(promise: nil)
            case .sayAndReset(let bytes):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
                let channel = context.channel
                // What was said has to be read first: a reset overtakes it.
                context.eventLoop.scheduleTask(in: .milliseconds(200)) {
                    guard let provider = channel as? any SocketOptionProvider else { return }
                    provider.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in
                        channel.close(promise: nil)
                    }
                }
            case .stutter(let bytes):
                for (index, byte) in bytes.enumerated() {
                    let channel = context.channel
                    context.eventLoop.scheduleTask(in: .milliseconds(Int64(5 * index))) {
                        channel.writeAndFlush(ByteBuffer(bytes: [byte]), promise: nil)
                    }
                }
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }

    private let channel: any Channel
    private let log: Log

    var turns: [[UInt8]] { log.turns.withLock { $0 } }
    var port: Int { channel.localAddress?.port ?? 0 }

    /// Serves on a free port of 127.0.0.1 for the time of `body`.
    static func serving<Result>(
        tls: TLSConfiguration? = nil, _ answers: [Answer], _ body: (FakeProxy) async throws -> Result
    ) async throws -> Result {
        let proxy = try await FakeProxy(tls, answers)
        do {
            let result = try await body(proxy)
            try await proxy.channel.close()
            return result
        } catch {
            try? await proxy.channel.close()
            throw error
        }
    }

    private init(_ tls: TLSConfiguration?, _ answers: [Answer]) async throws {
        let log = Log()
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        self.log = log
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try channel.pipeline.syncOperations.addHandler(Connection(answers, log))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }
}
