internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// The one way to a server for every connection that the library for requests does not make itself: through the proxy, if there
/// is one.
struct ServerDialer: Sendable {
    let server: ServerURL
    let proxy: ClusterProxy?
    /// TLS with the proxy itself; nil when that is none of `https`.
    let proxyTLS: NIOSSLContext?
    let timeout: Duration
    let userAgent: String

    init(_ access: ClusterAccess, server: ServerURL, options: ClientOptions) throws(KubernetesError) {
        self.server = server
        proxy = access.proxy
        proxyTLS = access.proxy?.kind == .https ? try TLSSettings.proxy(access) : nil
        timeout = options.connectTimeout
        userAgent = options.userAgent
    }

    /// How long ``connect(_:)`` takes at most, before it has an end of its own.
    var patience: Duration { timeout * (proxy == nil ? 1 : 2) + .seconds(1) }

    /// A connection to the server, without TLS with it yet.
    ///
    /// - Parameters:
    ///   - holder: has the connection from its beginning, and closes it.
    ///   - group: where it lives.
    func connect(
        _ holder: ChannelHolder, on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) -> EventLoopFuture<any Channel> {
        let (host, port) = proxy.map { ($0.host, $0.port) } ?? (server.host, server.port)
        let timeout = TimeAmount(timeout)
        let conversation = proxy.map { ProxyConversation(proxy: $0, server: server, userAgent: userAgent) }
        return ClientBootstrap(group: group)
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
                    let pipeline = channel.pipeline.syncOperations
                    if let proxyTLS {
                        let name = IPAddress(host) == nil ? host : nil
                        try pipeline.addHandler(try NIOSSLClientHandler(context: proxyTLS, serverHostname: name))
                    }
                    try pipeline.addHandler(ProxyHandshakeHandler(conversation, timeout: timeout, promise: promise))
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
