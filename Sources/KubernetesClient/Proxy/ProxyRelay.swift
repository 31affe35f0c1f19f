internal import AsyncHTTPClient
internal import NIOCore
internal import NIOPosix
internal import Synchronization

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// The way for requests through a proxy that the library for them does not know: one in TLS, or SOCKS 5.
///
/// To the library it is a proxy in plain HTTP, on a port of the loopback address. It passes bytes on and cannot read them: TLS with
/// the API server is the library's, inside. Whoever else on this machine finds the port gets nowhere: only this process knows the
/// login, and there is but one place to go to.
final class ProxyRelay: Sendable {
    /// What the connections share.
    struct Shared: Sendable {
        let dialer: ServerDialer
        /// In base64, as it comes.
        let login: String
        let lastFailure: LastFailure
    }

    final class LastFailure: Sendable {
        private let error = Mutex<(any Error)?>(nil)

        var value: (any Error)? {
            get { error.withLock { $0 } }
            set { error.withLock { $0 = newValue } }
        }
    }

    private let listener: any Channel
    private let shared: Shared

    init(_ dialer: ServerDialer) throws(KubernetesError) {
        // The system's generator is the kernel's.
        let secret = (0..<4).map { _ in String(UInt64.random(in: 0...UInt64.max), radix: 16) }.joined(separator: ":")
        let shared = Shared(
            dialer: dialer, login: Data(secret.utf8).base64EncodedString(), lastFailure: LastFailure())
        self.shared = shared
        do {
            listener = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(RelayHandler(shared))
                    }
                }
                .bind(host: "127.0.0.1", port: 0).wait()
        } catch {
            throw KubernetesError(
                code: .proxyFailed, doing: "preparing the way through a proxy", subject: dialer.proxy?.text ?? "",
                reason: "there is no port to be had on 127.0.0.1, which requests go through: \(error)".printable(
                    limit: 300),
                advice: "Check that this machine has its loopback interface up")
        }
    }

    var port: Int { listener.localAddress?.port ?? 0 }

    /// Why the last connection that failed had no way.
    var failure: (any Error)? { shared.lastFailure.value }

    /// The proxy that the library for requests goes to.
    var forRequests: HTTPClient.Configuration.Proxy {
        .server(
            host: "127.0.0.1", port: port, authorization: .basic(credentials: shared.login))
    }

    /// Takes no more connections; those that there are end with the library's.
    func close() {
        listener.close(promise: nil)
    }
}

extension ClusterProxy {
    /// As the library for requests wants it, for a proxy in plain HTTP.
    var forRequests: HTTPClient.Configuration.Proxy {
        .server(host: host, port: port, authorization: login.map { .basic(credentials: $0.basic) })
    }
}
