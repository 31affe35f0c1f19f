internal import AsyncHTTPClient
internal import NIOCore
internal import NIOPosix

/// The one way to a server for every connection that is not a plain request: through the proxy, if there is one.
struct ServerDialer: Sendable {
    let server: ServerURL
    let proxy: ClusterProxy?
    let timeout: Duration
    let userAgent: String

    /// How long ``connect(_:)`` takes at most, before it has an end of its own.
    var patience: Duration { timeout * (proxy == nil ? 1 : 2) + .seconds(1) }

    /// A connection to the server, without TLS yet.
    ///
    /// - Parameter holder: has the connection from its beginning, and closes it.
    func connect(_ holder: ChannelHolder) -> EventLoopFuture<any Channel> {
        let (host, port) = proxy.map { ($0.host, $0.port) } ?? (server.host, server.port)
        let timeout = TimeAmount(timeout)
        let conversation = proxy.map { ProxyConversation(proxy: $0, server: server, userAgent: userAgent) }
        return ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(timeout)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                holder.hold(channel)
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .connect(host: host, port: port)
            .flatMap { channel in
                guard let conversation else { return channel.eventLoop.makeSucceededFuture(channel) }
                let promise = channel.eventLoop.makePromise(of: Void.self)
                do {
                    try channel.pipeline.syncOperations.addHandler(
                        ProxyHandshakeHandler(conversation, timeout: timeout, promise: promise))
                } catch {
                    promise.fail(error)
                }
                return promise.futureResult.map { channel }
            }
    }

    /// Why the proxy gives no way to the server, found out by asking once more: the library for requests does not say.
    func proxyFailure() async -> ProxyFailure? {
        guard proxy != nil else { return nil }
        let holder = ChannelHolder()
        defer { holder.close() }
        do {
            _ = try await connect(holder).value(within: patience)
            return nil
        } catch {
            return error as? ProxyFailure
        }
    }
}

extension ClusterProxy {
    /// As the library for requests wants it.
    var forRequests: HTTPClient.Configuration.Proxy {
        switch kind {
        case .http:
            .server(host: host, port: port, authorization: credentials.map { .basic(credentials: $0) })
        case .socks5: .socksServer(host: host, port: port)
        }
    }
}
