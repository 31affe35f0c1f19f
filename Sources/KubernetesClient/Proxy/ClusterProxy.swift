#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// The proxy on the way to an API server. What its URL has of a login goes to the proxy alone, and is in no description.
public struct ClusterProxy: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// HTTP CONNECT. Source: RFC 9110, section 9.3.6.
        case http
        /// The same, over TLS with the proxy.
        case https
        /// SOCKS version 5, which resolves host names itself. Source: RFC 1928.
        case socks5
    }

    /// User and password; a secret.
    struct Login: Hashable, Sendable {
        let user: [UInt8]
        let password: [UInt8]

        /// `user:password` in base64. Source: RFC 7617, section 2.
        var basic: String { Data(user + [UInt8(ascii: ":")] + password).base64EncodedString() }

        /// Whether a text repeats it.
        func isWithin(_ text: String) -> Bool {
            text.contains(basic) || !password.isEmpty && text.contains(String(decoding: password, as: UTF8.self))
        }
    }

    public let kind: Kind
    /// Without the brackets of an IPv6 address.
    public let host: String
    public let port: Int
    /// Who named it: "proxy-url of the cluster", "HTTPS_PROXY".
    public let source: String
    let login: Login?
    /// As it was given, which a credential plugin is told; a secret.
    let secretText: String

    /// Why a text names no proxy that can be used. It does not repeat the text, which may hold a password.
    struct Unusable: Error {
        let reason: String
    }

    /// `http://`, `https://` or `socks5://`, perhaps a login, a host and perhaps a port. What is behind them has no meaning.
    init(_ text: String, source: String) throws(Unusable) {
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw Unusable(reason: "it is no URL") }
        switch parts[0].lowercased() {
        case "http": kind = .http
        case "https": kind = .https
        // Both leave names to the proxy, as in Go: there is no SOCKS 5 here that resolves them on this machine.
        case "socks5", "socks5h": kind = .socks5
        default: throw Unusable(reason: "its scheme is not http, https or socks5")
        }
        let authority = parts[1].prefix { !"/?#".contains($0) }
        let at = authority.lastIndex(of: "@")
        let address = String(at.map { authority[authority.index(after: $0)...] } ?? authority)
        guard let url = ServerURL("\(kind == .https ? "https" : "http")://\(address)") else {
            throw Unusable(reason: "its host and port make no sense")
        }
        host = url.host
        // An IPv6 address is in brackets, so this colon is that of a port.
        let hasPort = address.reversed().drop { $0.isNumber }.first == ":"
        port = hasPort || kind != .socks5 ? url.port : 1080
        login = at.map { at in
            let pair = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                .map { Self.decoded($0) }
            return Login(user: pair[0], password: pair.count == 2 ? pair[1] : [])
        }
        if kind == .socks5, let login, !(1...255).contains(login.user.count) || login.password.count > 255 {
            throw Unusable(
                reason: "a login at a SOCKS proxy is a user name of 1 to 255 bytes and a password of at most 255")
        }
        self.source = source
        secretText = text
    }

    /// The URL without a login.
    public var text: String { "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    var scheme: String {
        switch kind {
        case .http: "http"
        case .https: "https"
        case .socks5: "socks5"
        }
    }

    /// What stands behind `%` as bytes; what is no such thing stays.
    private static func decoded(_ text: Substring) -> [UInt8] {
        var result: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "%"), bytes.count >= 2,
                let value = UInt8(String(decoding: bytes.prefix(2), as: UTF8.self), radix: 16)
            {
                result.append(value)
                bytes = bytes.dropFirst(2)
            } else {
                result.append(byte)
            }
        }
        return result
    }
}

extension ClusterProxy: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { text }
    public var debugDescription: String { text }
    /// Whatever prints a value by its members sees none of the login.
    public var customMirror: Mirror { Mirror(self, children: ["url": text]) }
}
