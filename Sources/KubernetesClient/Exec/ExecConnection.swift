internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import NIOWebSocket

/// A connection of its own for one command, upgraded to a WebSocket.
struct ExecConnection {
    /// What became of the wish to upgrade.
    enum Upgrade: Sendable {
        case accepted(any Channel, subprotocol: String?)
        case refused(EventLoopFuture<HTTPRefusal>)
    }

    /// Servers send frames of 32,769 bytes; the library's default ends at 16 KiB.
    static let maxFrameBytes = 1 << 20

    let transport: HTTPTransport
    let holder = ChannelHolder()
    let mailbox = Mailbox<ExecEvent>()

    /// Connects and asks; the caller closes ``holder`` in every case.
    func open(path: String, headers: HTTPHeaders) async throws -> Upgrade {
        let server = transport.server
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: server.path + path, headers: headers)
        let context = try transport.tls.map { try NIOSSLContext(configuration: $0.configuration) }
        let name = server.serverName(transport.tlsServerName)
        let (holder, mailbox) = (holder, mailbox)
        let options = transport.options
        let upgraded = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(TimeAmount(options.connectTimeout))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                holder.hold(channel)
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .connect(host: server.host, port: server.port)
            .flatMapThrowing { channel in
                if let context {
                    try channel.pipeline.syncOperations.addHandler(
                        try NIOSSLClientHandler(context: context, serverHostname: name))
                }
                return try Self.configure(channel, head: head, mailbox: mailbox)
            }
        // The server's answer has a limit of its own.
        let answer = try await upgraded.value(within: options.connectTimeout + .seconds(1))
        return try await answer.value(within: options.readTimeout)
    }

    private static func configure(
        _ channel: any Channel, head: HTTPRequestHead, mailbox: Mailbox<ExecEvent>
    ) throws -> EventLoopFuture<Upgrade> {
        let upgrader = NIOTypedWebSocketClientUpgrader<Upgrade>(maxFrameSize: maxFrameBytes) { channel, response in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(ExecChannelHandler(mailbox))
                return .accepted(channel, subprotocol: response.headers.first(name: "Sec-WebSocket-Protocol"))
            }
        }
        let configuration = NIOTypedHTTPClientUpgradeConfiguration<Upgrade>(
            upgradeRequestHead: head, upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    let promise = channel.eventLoop.makePromise(of: HTTPRefusal.self)
                    try channel.pipeline.syncOperations.addHandler(ExecRefusalHandler(promise))
                    return .refused(promise.futureResult)
                }
            })
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration<Upgrade>(upgradeConfiguration: configuration)
        // The first frames may come in one segment with the answer.
        pipeline.leftOverBytesStrategy = .forwardBytes
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: pipeline)
    }
}
