/// A host and a port, as an operator writes them: `db.example.org:5432`, `192.0.2.1:443`, `[2001:db8::1]:443`.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    public enum Host: Hashable, Sendable, CustomStringConvertible {
        case address(NetworkAddress)
        /// In small letters, without a dot at its end.
        case name(String)

        public var description: String {
            switch self {
            case .address(let address): "\(address)"
            case .name(let name): name
            }
        }
    }

    public var host: Host
    public var port: Int

    public init(host: Host, port: Int) {
        self.host = host
        self.port = port
    }

    /// - Parameter port: for a text without one; nil where it must be there.
    /// - Throws: ``ProbeError/Code/badTarget``.
    public init(_ text: String, port: Int? = nil) throws(ProbeError) {
        guard text.utf8.count <= 300 else { throw Self.bad(text, "it is longer than 300 bytes") }
        if let address = NetworkAddress(text) {
            guard let port else { throw Self.bad(text, "it names no port") }
            self.init(host: .address(address), port: port)
            return
        }
        var host = text[...]
        var number: Int? = port
        let colon = text.lastIndex(of: ":")
        if let colon, text[colon...].dropFirst().first != "]", !text[colon...].contains("]") {
            let digits = text[colon...].dropFirst()
            guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ $0 &- 0x30 < 10 }),
                let value = Int(digits), (1...65_535).contains(value)
            else { throw Self.bad(text, "its port is no number from 1 to 65535") }
            number = value
            host = text[..<colon]
        }
        guard let number else { throw Self.bad(text, "it names no port") }
        if host.hasPrefix("["), host.hasSuffix("]") {
            guard let address = NetworkAddress(String(host.dropFirst().dropLast())), address.isIPv6 else {
                throw Self.bad(text, "what is in brackets is no IPv6 address (zones are not taken)")
            }
            self.init(host: .address(address), port: number)
        } else if let address = NetworkAddress(String(host)) {
            guard !address.isIPv6 else {
                throw Self.bad(text, "an IPv6 address with a port wants brackets: [\(address)]:443")
            }
            self.init(host: .address(address), port: number)
        } else {
            self.init(host: .name(try HostName.checked(String(host))), port: number)
        }
    }

    public var description: String {
        switch host {
        case .address(let address): address.description(port: port)
        case .name(let name): "\(name):\(port)"
        }
    }

    private static func bad(_ text: String, _ reason: String) -> ProbeError {
        ProbeError(
            code: .badTarget, doing: "reading an address", subject: text.shown, reason: reason,
            advice: "write it as host.example.org:443, 192.0.2.1:443 or [2001:db8::1]:443")
    }
}

/// Names of hosts, as DNS and certificates have them.
public enum HostName {
    /// The name in small letters, without a dot at its end.
    ///
    /// Labels are of letters, digits, `-` and `_`, 63 at most, 253 in all (RFC 1123 section 2.1; `_` stands in names of SRV records).
    /// The last label is not a number: resolvers take `127.1`, `2130706433` or `0x7f.1` as addresses.
    public static func checked(_ text: String) throws(ProbeError) -> String {
        func bad(_ reason: String) -> ProbeError {
            ProbeError(
                code: .badTarget, doing: "reading a host's name", subject: text.shown, reason: reason,
                advice: "write a DNS name, as host.example.org, or an address")
        }
        let name = (text.hasSuffix(".") ? String(text.dropLast()) : text).lowercased()
        guard !name.isEmpty, name.utf8.count <= 253 else { throw bad("a name has 1 to 253 characters") }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        for label in labels {
            guard (1...63).contains(label.utf8.count), !label.hasPrefix("-"), !label.hasSuffix("-"),
                label.utf8.allSatisfy({ $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == 0x2D || $0 == 0x5F })
            else { throw bad("each part between dots is 1 to 63 letters, digits and -") }
        }
        guard let last = labels.last, !last.utf8.allSatisfy({ $0 &- 0x30 < 10 }), !isHexadecimal(last) else {
            throw bad("its last part is a number, which some resolvers take as an address")
        }
        return name
    }

    private static func isHexadecimal(_ label: Substring) -> Bool {
        label.hasPrefix("0x") && label.dropFirst(2).utf8.allSatisfy { $0 &- 0x30 < 10 || $0 &- 0x61 < 6 }
    }
}
