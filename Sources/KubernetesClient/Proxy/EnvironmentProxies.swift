/// The proxies that the environment names: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in capitals or not, as kubectl takes
/// them. Source: golang.org/x/net `http/httpproxy`, which client-go uses where the kubeconfig has no `proxy-url`.
///
/// One difference: Go takes no notice of a proxy that it cannot make sense of. Here it is an error, since whoever set it would
/// not want to go without.
struct EnvironmentProxies: Sendable {
    /// What is looked at.
    static let names = [
        "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "REQUEST_METHOD",
    ]

    struct Unusable: Error {
        let source: String
        let cause: ClusterProxy.Unusable
    }

    private let environment: [String: String]

    init(_ environment: [String: String]) {
        self.environment = environment
    }

    /// The proxy for a server; nil for none: never for this very machine, nor for what `NO_PROXY` has.
    func proxy(for server: ServerURL) throws(Unusable) -> ClusterProxy? {
        let names = server.isTLS ? ["HTTPS_PROXY", "https_proxy"] : ["HTTP_PROXY", "http_proxy"]
        // A CGI program is told the header `Proxy` of a request as HTTP_PROXY: it is nobody's wish.
        guard server.isTLS || (environment["REQUEST_METHOD"] ?? "").isEmpty,
            let name = names.first(where: { !(environment[$0] ?? "").isEmpty }), let text = environment[name]
        else { return nil }
        if server.host == "localhost" || IPAddress(server.host)?.isLoopback == true { return nil }
        let exceptions = ["NO_PROXY", "no_proxy"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        if NoProxy(exceptions ?? "").contains(server) { return nil }
        do {
            // `host:port` alone means http.
            return try ClusterProxy(text.contains("://") ? text : "http://\(text)", source: name)
        } catch {
            throw Unusable(source: name, cause: error)
        }
    }
}

/// Which servers are reached without a proxy: host names with all below them, addresses and blocks of addresses, each
/// perhaps with a port, or `*`.
struct NoProxy {
    private enum Rule {
        case all
        case block(IPAddress, bits: Int)
        case address(IPAddress, port: String)
        /// `suffix` begins with a dot.
        case domain(suffix: String, itself: Bool, port: String)
    }

    private let rules: [Rule]

    init(_ text: String) {
        rules = text.split(separator: ",").compactMap { Self.rule($0.trimmed.lowercased()) }
    }

    func contains(_ server: ServerURL) -> Bool {
        let host = server.host.lowercased()
        let address = IPAddress(host)
        func isPort(_ port: String) -> Bool { port.isEmpty || port == String(server.port) }
        return rules.contains { rule in
            switch rule {
            case .all: true
            case .block(let block, let bits): address?.isWithin(block, bits: bits) ?? false
            case .address(let other, let port): address == other && isPort(port)
            case .domain(let suffix, let itself, let port):
                (host.hasSuffix(suffix) || itself && host == suffix.dropFirst()) && isPort(port)
            }
        }
    }

    private static func rule(_ text: String) -> Rule? {
        if text.isEmpty { return nil }
        if text == "*" { return .all }
        let slash = text.split(separator: "/", omittingEmptySubsequences: false)
        if slash.count == 2, let block = IPAddress(String(slash[0])), let bits = Int(slash[1]),
            (0...block.bytes.count * 8).contains(bits)
        {
            return .block(block, bits: bits)
        }
        var (host, port) = split(text) ?? (text, "")
        if host.isEmpty { return nil }
        if let address = IPAddress(host) { return .address(address, port: port) }
        if host.hasPrefix("*.") { host.removeFirst() }
        let itself = !host.hasPrefix(".")
        return .domain(suffix: itself ? "." + host : host, itself: itself, port: port)
    }

    /// `host:port` or `[address]:port`; nil for everything else. Source: Go's `net.SplitHostPort`.
    private static func split(_ text: String) -> (String, String)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            return nil
        }
        return (host, String(text[text.index(after: colon)...]))
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let start = drop { $0.isWhitespace }
        return start.prefix(upTo: start.lastIndex { !$0.isWhitespace }.map(start.index(after:)) ?? start.startIndex)
    }
}
