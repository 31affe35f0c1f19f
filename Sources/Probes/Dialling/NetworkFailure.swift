internal import NIOCore
internal import NIOPosix

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Turns what the system says of a connection into an error for people.
enum NetworkFailure {
    static func error(_ error: any Error, doing: String, subject: String) -> ProbeError {
        func make(_ code: ProbeError.Code, _ reason: String, _ advice: String = "") -> ProbeError {
            ProbeError(code: code, doing: doing, subject: subject, reason: reason, advice: advice)
        }
        switch error {
        case let error as ProbeError: return error
        case let error as IOError: return system(error.errnoCode, make)
        case let error as NIOConnectionError:
            guard let first = error.connectionErrors.first else { return make(.unreachable, "it cannot be reached") }
            return self.error(first.error, doing: doing, subject: subject)
        case ChannelError.connectTimeout: return silence(make)
        case is DeadlineExceeded: return silence(make)
        case is ChannelError: return make(.connectionLost, "the connection ended")
        default: return make(.unreachable, "\(error)".shown)
        }
    }

    private static func silence(
        _ make: (ProbeError.Code, String, String) -> ProbeError
    ) -> ProbeError {
        make(.timeout, "nothing answered in time", "a firewall may drop what is sent there without a word")
    }

    private static func system(
        _ code: CInt, _ make: (ProbeError.Code, String, String) -> ProbeError
    ) -> ProbeError {
        let words = String(cString: strerror(code))
        switch code {
        case ECONNREFUSED: return make(.connectionRefused, "nothing listens there, or a firewall says so", "")
        case ETIMEDOUT: return silence(make)
        case ECONNRESET, EPIPE, ECONNABORTED: return make(.connectionLost, "the other side reset the connection", "")
        case EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL, EAFNOSUPPORT:
            return make(.unreachable, "there is no way there from here (\(words))", "check routes, VPN, and IPv6")
        case EACCES, EPERM: return make(.systemFailure, "this machine does not let it be dialled (\(words))", "")
        default: return make(.unreachable, words, "")
        }
    }
}
