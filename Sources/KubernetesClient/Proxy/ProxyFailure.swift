internal import NIOCore
internal import NIOSSL

/// Why a proxy gave no way to the server, in words that go behind "the proxy … : ".
struct ProxyFailure: Error {
    /// What whoever set the proxy can do.
    enum Remedy {
        case readItsLog
        /// It wants a login, or another one.
        case logIn
        /// Its certificate is not trusted.
        case trustIt
        /// It speaks no TLS.
        case doWithoutTLS
    }

    let reason: String
    let remedy: Remedy

    init(_ reason: String, remedy: Remedy = .readItsLog) {
        self.reason = reason
        self.remedy = remedy
    }

    /// What TLS with the proxy itself ended with; nil for an error that is none of TLS.
    init?(tls error: any Error, host: String) {
        // The library says which error it was in its text alone.
        let text = "\(error)"
        switch error {
        case is NIOSSLExtraError:
            self.init("its certificate is not for \(host)", remedy: .trustIt)
        case NIOSSLError.uncleanShutdown:
            self.init("it closed the connection")
        case is NIOSSLError, is BoringSSLError:
            if text.contains("CERTIFICATE_VERIFY_FAILED") {
                self.init(
                    "its certificate is not trusted here: its authority is not known, or its time is over",
                    remedy: .trustIt)
            } else if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
                self.init("it does not speak TLS", remedy: .doWithoutTLS)
            } else if text.contains("EOF") {
                // What takes the first bytes of TLS for a line, or for nothing that it knows, does so.
                self.init("it closed the connection in the TLS handshake", remedy: .doWithoutTLS)
            } else {
                self.init("the TLS handshake with it failed: \(text.printable(limit: 200))")
            }
        default: return nil
        }
    }
}
