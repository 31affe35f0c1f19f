internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import NIOWebSocket

/// A connection of its own for one command, upgraded to a WebSocket.
struct ExecConnection {
    /// Servers send frames of 32,769 bytes; the library's default ends at 16 KiB.
    static let maxFrameBytes = 1 << 20

    let transport: HTTPTransport
    let holder = ChannelHolder()
    let mailbox = Mailbox<ExecEvent>()
    /// Takes apart what comes, in the subprotocol that is asked for.
    var messages: any ChannelMessages & Sendable = ExecMessages()

    /// Connects and asks; the caller closes ``holder`` in every case.
    ///
    /// - Parameters:
    ///   - headers: all but those of the upgrade.
    ///   - tls: in place of the client's own.
    func open(path: String, headers: HTTPHeaders, tls: TLSConfiguration?) async throws -> ExecUpgrade {
        let server = transport.server
        let key = NIOWebSocketClientUpgrader.randomRequestKey()
        let request = try Self.request(path: server.path + path, headers: headers, key: key)
        let tls = tls ?? transport.tls?.configuration
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        let name = server.serverName(transport.tlsServerName)
        let addressCheck = tls.flatMap { ServerAddressCheck(server, $0) }
        let (holder, mailbox, messages) = (holder, mailbox, messages)
        let options = transport.options
        let dialer = transport.dialer
        let asked = dialer.connect(holder)
            .flatMapThrowing { channel in
                let promise = channel.eventLoop.makePromise(of: ExecUpgrade.self)
                do {
                    let pipeline = channel.pipeline.syncOperations
                    if let context {
                        try pipeline.addHandler(
                            try addressCheck?.handler(context)
                                ?? NIOSSLClientHandler(context: context, serverHostname: name))
                    }
                    try pipeline.addHandler(
                        ExecHandshakeHandler(key: key, mailbox: mailbox, messages: messages, promise: promise))
                } catch {
                    promise.fail(error)
                }
                channel.writeAndFlush(ByteBuffer(string: request), promise: nil)
                return promise.futureResult
            }
        // The server's answer has a limit of its own.
        let answer = try await asked.value(within: dialer.patience)
        return try await answer.value(within: options.readTimeout)
    }

    private static func request(path: String, headers: HTTPHeaders, key: String) throws(KubernetesError) -> String {
        var headers = headers
        headers.add(name: "Connection", value: "Upgrade")
        headers.add(name: "Upgrade", value: "websocket")
        headers.add(name: "Sec-WebSocket-Key", value: key)
        headers.add(name: "Sec-WebSocket-Version", value: "13")
        var text = "GET \(path) HTTP/1.1\r\n"
        for (name, value) in headers {
            // A line break in a user name of a kubeconfig must not become a header.
            guard (name + value).utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw KubernetesError(
                    code: .badArgument, doing: "running a command", subject: name.printable(limit: 80),
                    reason: "the value of the header \(name.printable(limit: 80)) holds a control character")
            }
            text += "\(name): \(value)\r\n"
        }
        return text + "\r\n"
    }
}
