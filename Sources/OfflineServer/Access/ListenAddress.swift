/// Where a server is to listen, as an operator writes it: `127.0.0.1:0`, `[::1]:8443`, `bastion.example:8443`.
public struct ListenAddress: Sendable, Hashable {
    /// An address in numbers, or a name; without brackets.
    public let host: String
    /// 0 for any that is free.
    public let port: Int

    /// Any free port, of this machine alone.
    public static let loopback = ListenAddress(host: "127.0.0.1", port: 0)

    private init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Nil when it is no address with a port. An address that stands for all of this machine is none: whoever opens a capture to
    /// others names where.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        let allowed = host.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || [0x2D, 0x2E, 0x3A].contains(byte)
        }
        guard !host.isEmpty, host.utf8.count <= 253, allowed, !Self.standsForAll(host), Self.isInOneForm(host)
        else { return nil }
        self.init(host: host.lowercased(), port: Int(port))
    }

    /// Systems take `0x0`, `127.1` and IPv4 within IPv6 for addresses, too, whose meaning is not seen at once. A name has a letter that is
    /// no digit of such a number in front of its last part.
    private static func isInOneForm(_ host: String) -> Bool {
        if host.contains(":") { return !host.contains(".") && !host.lowercased().contains(":ffff:") }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        if host.utf8.allSatisfy({ $0 == 0x2E || (0x30...0x39).contains($0) }) {
            return parts.count == 4 && parts.allSatisfy { part in UInt8(part).map { "\($0)" == part } ?? false }
        }
        guard let last = parts.last, let first = last.utf8.first else { return false }
        return !(0x30...0x39).contains(first)
    }

    private static func standsForAll(_ host: String) -> Bool {
        host.utf8.allSatisfy { [0x30, 0x2E, 0x3A].contains($0) }
    }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool { host == "::1" || host == "localhost" || host.hasPrefix("127.") && isNumeric }

    /// Whether it is an address in numbers.
    public var isNumeric: Bool { Self.isNumeric(host) }

    static func isNumeric(_ host: String) -> Bool {
        host.contains(":") || host.utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) }
    }

    /// As in URLs and the header `Host`.
    static func text(_ host: String, _ port: Int) -> String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}
