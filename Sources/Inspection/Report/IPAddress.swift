/// An address of IPv4 or IPv6; one of IPv4 that is mapped into IPv6 is one of IPv4.
package struct IPAddress: Hashable, Sendable {
    fileprivate let number: NetworkNumber

    /// Nil for what is none. The name of a network interface behind `%` is left aside.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8.prefix(NetworkNumber.longestText + 1).prefix { $0 != UInt8(ascii: "%") })
        // NUL would be the end of the text.
        guard !bytes.contains(0), let number = NetworkNumber(address: bytes) else { return nil }
        self.number = number
    }

    package var isLoopback: Bool { number.isIPv6 ? number.bits == 1 : number.bits >> 24 == 127 }

    var isUnspecified: Bool { number.bits == 0 }

    private static let privateNetworks = [
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "fc00::/7", "fe80::/10",
    ].compactMap { IPNetwork($0) }

    /// Of networks that are nobody's own on the Internet (RFC 1918, 4193, 6598), or of one link.
    package var isPrivate: Bool { Self.privateNetworks.contains { $0.contains(self) } }
}

/// Addresses that begin alike: `10.244.0.0/22`.
package struct IPNetwork: Hashable, Sendable {
    private let number: NetworkNumber

    /// Nil for what is none, and for what would be everything.
    package init?(_ text: String) {
        guard let number = NetworkNumber(network: text), number.prefix > 0 else { return nil }
        self.number = number
    }

    /// Nil where it would be everything, or there are not so many bits.
    init?(_ address: IPAddress, bits: Int) {
        guard (1...address.number.width).contains(bits) else { return nil }
        number = NetworkNumber(isIPv6: address.number.isIPv6, bits: address.number.bits, prefix: bits)
    }

    package func contains(_ other: IPAddress) -> Bool {
        other.number.isIPv6 == number.isIPv6
            && other.number.bits & NetworkNumber.mask(prefix: number.prefix, width: number.width) == number.bits
    }
}
