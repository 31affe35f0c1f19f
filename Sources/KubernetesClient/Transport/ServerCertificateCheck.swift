internal import NIOCore
internal import NIOPosix
internal import NIOSSL

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// Finds out what is wrong with a server's certificate after a handshake failed on it, since the TLS library says only that
/// something is. Connects once more without verification, takes the certificate and hangs up; no request, no credential and no
/// client certificate is sent.
struct ServerCertificateCheck {
    let dialer: ServerDialer
    let tlsServerName: String?

    /// A better error than `error`, or that one again.
    func explain(_ error: KubernetesError) async -> KubernetesError {
        guard error.code == .tlsUntrusted, dialer.server.isTLS, let certificate = try? await certificate() else {
            return error
        }
        let now = Int(Date.now.timeIntervalSince1970)
        let (from, until) = (Int(certificate.notValidBefore), Int(certificate.notValidAfter))
        guard now < from || now > until else { return error }
        var better = error
        better.code = .serverCertificateExpired
        if now > until {
            better.reason =
                "the server's certificate expired at \(TLSSettings.text(seconds: until)), and the clock here says "
                + TLSSettings.text(seconds: now)
            better.advice = "Renew it on the server (kubeadm: kubeadm certs renew all), and check the clock here"
        } else {
            better.reason =
                "the server's certificate is not valid before \(TLSSettings.text(seconds: from)), and the clock here "
                + "says \(TLSSettings.text(seconds: now))"
            better.advice = "Check the clock of this machine"
        }
        return better
    }

    private func certificate() async throws -> NIOSSLCertificate? {
        let context = try NIOSSLContext(configuration: .makeClientConfiguration())
        let name = dialer.server.serverName(tlsServerName)
        let mailbox = Mailbox<NIOSSLCertificate>()
        let holder = ChannelHolder()
        defer { holder.close() }
        let channel = try await dialer.connect(holder)
            .flatMapThrowing { channel in
                let handler = try NIOSSLClientHandler(
                    context: context, serverHostname: name,
                    customVerificationCallback: { chain, verdict in
                        if let certificate = chain.first { _ = mailbox.offer(certificate, cost: 0) {} }
                        verdict.succeed(.failed)
                    })
                try channel.pipeline.syncOperations.addHandler(handler)
                return channel
            }.value(within: dialer.patience)
        channel.closeFuture.whenComplete { _ in mailbox.finish(.success(())) }
        let watch = IdleWatch(mailbox, limit: TimeAmount(dialer.timeout), on: channel.eventLoop) {}
        defer { watch.cancel() }
        return try await mailbox.next()?.first
    }
}

extension ServerURL {
    /// The name for SNI and verification; nil for an address, which has none and is verified as what was
    /// connected to, or through a proxy by ``ServerAddressCheck``.
    func serverName(_ override: String?) -> String? {
        if let override { return override }
        return (try? SocketAddress(ipAddress: host, port: port)) == nil ? host : nil
    }
}
