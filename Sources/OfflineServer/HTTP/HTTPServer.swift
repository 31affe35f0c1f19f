public import Cryptography
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// An HTTPS/1.1 server: turns requests into ``APIRequest``, asks a ``RequestHandler``, and writes what that answers.
public final class HTTPServer: Sendable {
    private let channel: any Channel
    private let core: ServerCore
    /// Where it listens: an address in numbers.
    public let address: String
    /// That is listened on: never 0.
    public let port: Int

    /// Listens; nobody is answered before ``serve(_:)``.
    ///
    /// - Parameters:
    ///   - host: an address, or a name that stands for one.
    ///   - port: 0 for any that is free.
    /// - Throws: what the system or TLS says.
    public init(
        host: String, port: Int, credentials: ServerCredentials, limits: ServerLimits = ServerLimits()
    ) async throws {
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(credentials.certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: credentials.privateKey, format: .pem)))
        tls.minimumTLSVersion = .tlsv12
        tls.applicationProtocols = ["http/1.1"]
        tls.shutdownTimeout = .seconds(1)
        let context = try NIOSSLContext(configuration: tls)
        let core = ServerCore(limits)
        self.core = core
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try Self.add(core, context, to: channel) }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .bind(host: host, port: port).get()
        address = channel.localAddress?.ipAddress ?? host
        self.port = channel.localAddress?.port ?? port
    }

    private struct Full: Error {}

    private static func add(_ core: ServerCore, _ tls: NIOSSLContext, to channel: any Channel) throws {
        let connection = HTTPConnection(core)
        guard core.add(channel, ConnectionHandle(connection, channel.eventLoop)) else { throw Full() }
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = core.limits.headBytes
        limits.maxHeaderListSize = core.limits.headBytes
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(NIOSSLServerHandler(context: tls))
        try pipeline.addHandler(HeadWatch(limit: core.limits.headBytes, connection: connection))
        try pipeline.addHandler(HTTPResponseEncoder())
        try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: limits)))
        try pipeline.addHandler(HTTPServerPipelineHandler())
        try pipeline.addHandler(connection)
    }

    /// Begins to answer.
    public func serve(_ handler: any RequestHandler) async throws {
        core.serve(handler)
        try await channel.setOption(.autoRead, value: true).get()
    }

    /// Takes no more connections, ends watches that idle, and gives other requests ``ServerLimits/end`` to be done.
    public func stop() async {
        try? await channel.close()
        await core.end()
    }
}
