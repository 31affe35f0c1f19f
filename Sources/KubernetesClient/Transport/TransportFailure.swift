internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Turns what the network and TLS report into an error for people.
struct TransportFailure {
    let doing: String
    /// The server's address.
    let server: ServerURL
    /// What is connected to in its place.
    let proxy: ClusterProxy?
    let options: ClientOptions
    /// The longest silence that was allowed.
    var silence: Duration
    /// Has the cause when the library for requests says only that there is no way.
    var relay: ProxyRelay?

    func error(_ error: any Error) -> KubernetesError {
        switch error {
        case let error as KubernetesError: return error
        case is CancellationError: return make(.cancelled, "it was cancelled")
        case is RequestPace.CancelledWhilePaused:
            var error = make(.cancelled, "it was cancelled while the server wanted fewer requests (429)")
            error.httpStatus = 429
            return error
        case is IdleTimeoutError:
            return make(
                .timeout, "the server sent nothing for \(silence.formatted)",
                "See whether the API server and what it asks in turn (kubelet, aggregated API) are alive")
        case let error as HTTPClientError: return http(error)
        case let error as ProxyFailure: return proxyFailed(error)
        case let error as NIOConnectionError: return connection(error)
        case let error as IOError: return system(error.errnoCode)
        case let error as ChannelError: return channel(error)
        case is NIOSSLExtraError, is ServerAddressCheck.WrongAddress:
            return make(
                .tlsUntrusted, "the server's certificate is not for \(server.host)",
                "Use the server's name as in its certificate, or set tls-server-name in the kubeconfig")
        case let error as NIOSSLError: return tls(error)
        case let error as BoringSSLError: return tls("\(error)")
        case HTTPParserError.invalidEOFState: return lost
        case is HTTPParserError:
            return make(
                .badResponse, "the server does not speak HTTP as expected (\(error))",
                "Check the server's address and whether it wants https")
        case let error as NIOHTTPDecoderError: return make(.badResponse, "\(error)")
        default:
            return make(.unreachable, "\(error)".printable(limit: 300))
        }
    }

    private func proxyFailed(_ failure: ProxyFailure) -> KubernetesError {
        make(
            .proxyFailed, "the proxy \(proxy?.text ?? "") gives no way: \(failure.reason)",
            remedy(failure))
    }

    private func remedy(_ failure: ProxyFailure) -> String {
        switch failure.remedy {
        case .readItsLog: "See the proxy's own log, and \(proxyName)"
        case .logIn:
            "Give user and password in its URL, which is in \(proxyName), as \(proxy?.scheme ?? "http")://USER:PASSWORD@HOST:PORT"
        case .trustIt:
            "Have the authority of the proxy's certificate among those that this machine trusts, or the proxy's name in "
                + "\(proxyName) as in its certificate; another program may answer at this address"
        case .doWithoutTLS: "Check whether its URL, which is in \(proxyName), should begin with http://"
        }
    }

    private var proxyName: String { proxy?.source ?? "" }

    /// What is connected to.
    private var peer: String { proxy.map { "the proxy \($0.text)" } ?? server.authority }

    private func make(_ code: KubernetesError.Code, _ reason: String, _ advice: String = "") -> KubernetesError {
        KubernetesError(code: code, doing: doing, subject: server.text, reason: reason, advice: advice)
    }

    private func http(_ error: HTTPClientError) -> KubernetesError {
        switch error {
        case .proxyAuthenticationRequired:
            return proxyFailed(ProxyFailure("it wants a login (407)", remedy: .logIn))
        case .invalidProxyResponse:
            if let cause = relay?.failure { return self.error(cause) }
            return proxyFailed(ProxyFailure("it does not connect to \(server.authority)"))
        case .httpProxyHandshakeTimeout:
            return proxyFailed(ProxyFailure("it did not answer in time"))
        case .connectTimeout, .getConnectionFromPoolTimeout: return connectTimeout
        case .tlsHandshakeTimeout:
            return make(.timeout, "the TLS handshake took longer than \(options.connectTimeout.formatted)")
        case .readTimeout, .deadlineExceeded: return make(.timeout, "the server took too long")
        case .cancelled: return make(.cancelled, "it was cancelled")
        case .remoteConnectionClosed, .requestStreamCancelled: return lost
        case .alreadyShutdown: return make(.cancelled, "the client has been shut down")
        default: return make(.badResponse, "\(error)".printable(limit: 300))
        }
    }

    private var lost: KubernetesError {
        make(.connectionLost, "the server closed the connection before the answer was complete")
    }

    private var connectTimeout: KubernetesError {
        make(
            .timeout, "no connection to \(peer) within \(options.connectTimeout.formatted)",
            proxy == nil ? "Check the address, the network, VPN and firewall" : "Check the proxy, and \(proxyName)")
    }

    private func connection(_ error: NIOConnectionError) -> KubernetesError {
        if error.connectionErrors.isEmpty {
            return make(
                .dnsFailed, "the host name \(error.host) cannot be resolved",
                proxy == nil
                    ? "Check the cluster's server in the kubeconfig, and DNS or VPN"
                    : "Check \(proxyName), and DNS or VPN")
        }
        for failure in error.connectionErrors {
            if let failure = failure.error as? IOError { return system(failure.errnoCode) }
            if case ChannelError.connectTimeout = failure.error { return connectTimeout }
        }
        return make(.unreachable, "\(error.connectionErrors[0].error)".printable(limit: 300))
    }

    private func channel(_ error: ChannelError) -> KubernetesError {
        switch error {
        case .connectTimeout: connectTimeout
        case .eof, .ioOnClosedChannel, .alreadyClosed, .inputClosed, .outputClosed: lost
        default: make(.unreachable, "\(error)")
        }
    }

    private func system(_ number: Int32) -> KubernetesError {
        let text = String(cString: strerror(number))
        switch number {
        case ECONNREFUSED:
            return make(
                .connectionRefused, "nothing listens at \(peer)",
                proxy == nil
                    ? "Check that the API server runs, and the port in the kubeconfig"
                    : "Check that the proxy runs, and \(proxyName)")
        case ECONNRESET, EPIPE: return lost
        case ETIMEDOUT: return connectTimeout
        default: return make(.unreachable, text, "Check the address, the network, VPN and firewall")
        }
    }

    private func tls(_ error: NIOSSLError) -> KubernetesError {
        switch error {
        case .handshakeFailed(let inner): tls("\(inner)")
        case .uncleanShutdown: lost
        case .unableToValidateCertificate, .noCertificateToValidate:
            make(.tlsUntrusted, "the server's certificate cannot be validated")
        default: tls("\(error)")
        }
    }

    private func tls(_ text: String) -> KubernetesError {
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return make(
                .tlsUntrusted, "the server's certificate is signed by an authority that is not trusted here",
                "Check certificate-authority in the kubeconfig; another program may answer at this address")
        }
        if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
            return make(
                .tlsHandshake, "the server does not speak TLS", "Check whether its URL should begin with http://")
        }
        if text.contains("ALERT") && text.contains("CERTIFICATE") || text.contains("UNKNOWN_CA") {
            return make(
                .tlsHandshake, "the server does not accept the client certificate",
                "Get a new kubeconfig for this cluster")
        }
        return make(.tlsHandshake, "the TLS handshake failed: \(text.printable(limit: 200))")
    }
}

extension Duration {
    /// `30 s`, `250 ms`
    var formatted: String {
        let (seconds, attoseconds) = components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        if seconds == 0 { return "\(milliseconds) ms" }
        return milliseconds == 0 ? "\(seconds) s" : "\(seconds * 1000 + milliseconds) ms"
    }
}
