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
        /// SOCKS version 5, which resolves host names itself. Source: RFC 1928.
        case socks5
    }

    public let kind: Kind
    /// Without the brackets of an IPv6 address.
    public let host: String
    public let port: Int
    /// Who named it: "proxy-url of the cluster", "HTTPS_PROXY".
    public let source: String
    /// `user:password` in base64; a secret.
    let credentials: String?
    /// As it was given, which a credential plugin is told; a secret.
    let secretText: String

    /// Why a text names no proxy that can be used. It does not repeat the text, which may hold a password.
    struct Unusable: Error {
        let reason: String
        let isUnsupported: Bool
    }

    /// `http://` or `socks5://`, perhaps a login, a host and perhaps a port. What is behind them has no meaning.
    init(_ text: String, source: String) throws(Unusable) {
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw Unusable(reason: "it is no URL", isUnsupported: false) }
        switch parts[0].lowercased() {
        case "http": kind = .http
        case "socks5", "socks5h": kind = .socks5
        case "https": throw Unusable(reason: "a proxy that is itself reached by TLS (https)", isUnsupported: true)
        default: throw Unusable(reason: "its scheme is not http or socks5", isUnsupported: false)
        }
        let authority = parts[1].prefix { !"/?#".contains($0) }
        let at = authority.lastIndex(of: "@")
        let address = String(at.map { authority[authority.index(after: $0)...] } ?? authority)
        guard let url = ServerURL("http://\(address)") else {
            throw Unusable(reason: "its host and port make no sense", isUnsupported: false)
        }
        host = url.host
        // An IPv6 address is in brackets, so this colon is that of a port.
        let hasPort = address.reversed().drop { $0.isNumber }.first == ":"
        port = hasPort || kind == .http ? url.port : 1080
        if let at {
            guard kind == .http else { throw Unusable(reason: "a login at a SOCKS proxy", isUnsupported: true) }
            let login = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                .map { Self.decoded($0) }
            let pair = [login[0], [UInt8(ascii: ":")], login.count == 2 ? login[1] : []].joined()
            credentials = Data(pair).base64EncodedString()
        } else {
            credentials = nil
        }
        self.source = source
        secretText = text
    }

    /// The URL without a login.
    public var text: String {
        "\(kind == .http ? "http" : "socks5")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
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
