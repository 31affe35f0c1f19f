internal import NIOCore
internal import NIOSSL

/// Whether a certificate is for a server that is named by its address and reached through a proxy.
///
/// The TLS library compares with the address that the connection goes to, which is the proxy's. The chain it verifies itself.
struct ServerAddressCheck: Sendable {
    struct WrongAddress: Error {}

    private let address: IPAddress

    static func isNeeded(_ access: ClusterAccess) -> Bool {
        guard access.proxy != nil, access.tlsServerName == nil, let server = ServerURL(access.server) else {
            return false
        }
        return IPAddress(server.host) != nil
    }

    /// Nil when the library finds out by itself, or nobody wants to know.
    init?(_ server: ServerURL, _ configuration: TLSConfiguration) {
        guard configuration.certificateVerification == .noHostnameVerification, let address = IPAddress(server.host)
        else { return nil }
        self.address = address
    }

    /// TLS that sends nothing before the certificate was looked at.
    func handler(_ context: NIOSSLContext) throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler._makeSSLClientHandler(context: context, serverHostname: nil) { certificate, channel in
            isFor(certificate)
                ? channel.eventLoop.makeSucceededVoidFuture() : channel.eventLoop.makeFailedFuture(WrongAddress())
        }
    }

    /// Looks at a connection of the library for requests after its handshake, before anything is sent. The answer is there at
    /// once: the library does not expect that the connection closes meanwhile.
    func check(_ channel: any Channel) -> EventLoopFuture<Void> {
        let handler = try? channel.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
        if let certificate = handler?.peerCertificate, isFor(certificate) {
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        channel.eventLoop.execute { channel.close(promise: nil) }
        return channel.eventLoop.makeFailedFuture(WrongAddress())
    }

    /// Source: RFC 9525, section 6.5.
    private func isFor(_ certificate: NIOSSLCertificate) -> Bool {
        certificate._subjectAlternativeNames().contains {
            $0.nameType == .ipAddress && $0.contents.elementsEqual(address.bytes)
        }
    }
}
