import KubernetesClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What a client asked for.
struct FakeRequest: Sendable {
    /// How many requests the server has had before.
    let number: Int
    let head: HTTPRequestHead

    var path: String { String(head.uri.prefix { $0 != "?" }) }

    /// The value of a query item, as it came (encoded).
    func query(_ name: String) -> String? {
        for item in head.uri.drop(while: { $0 != "?" }).dropFirst().split(separator: "&")
        where item.hasPrefix("\(name)=") {
            return String(item.dropFirst(name.utf8.count + 1))
        }
        return nil
    }
}

/// What the server does in answer, one thing after another. Bytes are raw: it can say anything.
enum FakeStep: Sendable {
    case send([UInt8])
    case pause(milliseconds: Int64)
    /// Tells the test that it has come so far.
    case call(@Sendable () -> Void)
    /// Says nothing more, and keeps the connection.
    case hang
    /// Goes on once so many bytes have come after the request's head.
    case await(bytes: Int)
    /// A TCP reset.
    case reset
    case close
    /// Closes once everything is on its way.
    case closeBehind
    /// The same bytes for ever, as fast as they are taken.
    case endless([UInt8])

    static func text(_ text: String) -> FakeStep { .send(Array(text.utf8)) }

    /// A whole answer with a length.
    static func http(_ status: Int, _ body: String, headers: [(String, String)] = []) -> FakeStep {
        let lines = headers.map { "\($0.0): \($0.1)\r\n" }.joined()
        return .text(
            "HTTP/1.1 \(status) Something\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\(lines)\r\n\(body)"
        )
    }

    /// The head of an answer whose body comes in chunks.
    static let chunkedHead = FakeStep.text(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")

    static func chunk(_ text: String) -> FakeStep {
        .text(String(text.utf8.count, radix: 16) + "\r\n\(text)\r\n")
    }

    static let lastChunk = FakeStep.text("0\r\n\r\n")
}

/// An API server that does what a test tells it to: for faults only, since a real one has none on demand.
final class FakeServer: Sendable {
    typealias Script = @Sendable (FakeRequest) -> [FakeStep]

    private let channel: any Channel
    private let log: RequestLog
    let isTLS: Bool

    /// Serves on a free port of this machine for the time of `body`.
    static func serving<Result>(
        tls: TLSConfiguration? = nil, host: String = "127.0.0.1", _ script: @escaping Script,
        _ body: (FakeServer) async throws -> Result
    ) async throws -> Result {
        let server = try await FakeServer(tls: tls, host: host, script)
        do {
            let result = try await body(server)
            try await server.channel.close()
            return result
        } catch {
            try? await server.channel.close()
            throw error
        }
    }

    private init(tls: TLSConfiguration?, host: String, _ script: @escaping Script) async throws {
        let log = RequestLog()
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try channel.pipeline.syncOperations.addHandler(FakeConnection(script, log))
                }
            }
            .bind(host: host, port: 0).get()
        self.log = log
        isTLS = tls != nil
    }

    var port: Int { channel.localAddress?.port ?? 0 }
    var url: String { "\(isTLS ? "https" : "http")://\(channel.localAddress?.ipAddress ?? ""):\(port)" }
    var requests: [HTTPRequestHead] { log.heads.withLock { $0 } }
    /// Bytes of endless answers that the kernel took.
    var endlessBytes: Int { log.endlessBytes.withLock { $0 } }
    /// Bytes that came after a request's head: the client's frames.
    var received: [UInt8] { log.received.withLock { $0 } }

    /// A client that tries again soon, shut down at the end.
    func withClient<Result>(
        _ change: (inout ClusterAccess) -> Void = { _ in }, readTimeout: Duration = .seconds(20),
        connectTimeout: Duration = .seconds(10), maxConnections: Int = 8, maxObjectBytes: Int = 1 << 20,
        _ body: (KubernetesClient) async throws -> Result
    ) async throws -> Result {
        var access = ClusterAccess(server: url)
        change(&access)
        let options = ClientOptions(
            connectTimeout: connectTimeout, readTimeout: readTimeout, maxConnections: maxConnections,
            retry: RetryPolicy(attempts: 4, firstDelay: .milliseconds(5), maxDelay: .milliseconds(1200)),
            maxObjectBytes: maxObjectBytes)
        let client = try KubernetesClient(access: access, options: options)
        do {
            let result = try await body(client)
            await client.shutdown()
            return result
        } catch {
            await client.shutdown()
            throw error
        }
    }
}

/// What a server has seen and done.
final class RequestLog: Sendable {
    let heads = Mutex<[HTTPRequestHead]>([])
    let endlessBytes = Mutex(0)
    let received = Mutex<[UInt8]>([])
}

/// One connection: reads the heads of requests by hand, and plays the script's steps.
private final class FakeConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let script: FakeServer.Script
    private let log: RequestLog
    private var input: [UInt8] = []
    private var isUpgraded = false
    private var endless: ByteBuffer?
    private var receivedCount = 0
    private var awaiting: (count: Int, rest: ArraySlice<FakeStep>)?

    init(_ script: @escaping FakeServer.Script, _ log: RequestLog) {
        self.script = script
        self.log = log
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        if isUpgraded {
            receivedCount += bytes.count
            log.received.withLock { $0 += bytes }
            if let awaiting, receivedCount >= awaiting.count {
                self.awaiting = nil
                play(awaiting.rest, context)
            }
            return
        }
        input += bytes
        while let head = nextHead() {
            let number = log.heads.withLock { heads in
                heads.append(head)
                return heads.count - 1
            }
            if head.headers.contains(name: "upgrade") { isUpgraded = true }
            play(script(FakeRequest(number: number, head: head))[...], context)
        }
    }

    private func nextHead() -> HTTPRequestHead? {
        let end = Array("\r\n\r\n".utf8)
        guard let range = input.firstRange(of: end) else { return nil }
        let lines = String(decoding: input[..<range.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let request = lines[0].split(separator: " ")
        var headers = HTTPHeaders()
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers.add(
                name: String(line[..<colon]), value: line[line.index(after: colon)...].drop { $0 == " " }.description)
        }
        let length = headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        guard input.count >= range.upperBound + length else { return nil }
        input.removeSubrange(..<(range.upperBound + length))
        return HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: String(request[0])), uri: String(request[1]),
            headers: headers)
    }

    private func play(_ steps: ArraySlice<FakeStep>, _ context: ChannelHandlerContext) {
        guard let step = steps.first else { return }
        let rest = steps.dropFirst()
        switch step {
        case .send(let bytes):
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
            play(rest, context)
        case .pause(let milliseconds):
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) { bound.value.0.play(rest, bound.value.1) }
        case .call(let tell):
            tell()
            play(rest, context)
        case .hang: return
        case .await(let count):
            if receivedCount >= count { play(rest, context) } else { awaiting = (count, rest) }
        case .reset:
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            guard let provider = context.channel as? any SocketOptionProvider else { return }
            provider.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in
                bound.value.close(mode: .all, promise: nil)
            }
        case .close: context.close(promise: nil)
        case .closeBehind:
            let channel = context.channel
            channel.writeAndFlush(ByteBuffer()).whenComplete { _ in channel.close(promise: nil) }
        case .endless(let bytes):
            endless = ByteBuffer(bytes: bytes)
            pump(context)
        }
    }

    /// A bounded number of writes at a time: the loop has other connections, and must hear of a close.
    private func pump(_ context: ChannelHandlerContext) {
        guard let endless, context.channel.isActive, context.channel.isWritable else { return }
        let log = log
        let count = endless.readableBytes
        for _ in 0..<16 {
            let promise = context.eventLoop.makePromise(of: Void.self)
            promise.futureResult.whenSuccess { log.endlessBytes.withLock { $0 += count } }
            context.write(wrapOutboundOut(endless), promise: promise)
        }
        context.flush()
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.execute { bound.value.0.pump(bound.value.1) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        pump(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
