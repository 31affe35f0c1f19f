/// What an address is, as far as it matters to whom it may belong. Source: the IANA special-purpose address registries (RFC 6890).
public enum AddressClass: String, Sendable, Hashable, CaseIterable {
    /// Of the internet.
    case global
    /// RFC 1918, RFC 6598 (100.64.0.0/10), RFC 4193 (fc00::/7), fec0::/10.
    case `private`
    /// 127.0.0.0/8, `::1`, and the addresses of this machine's own interfaces.
    case loopback
    /// 169.254.0.0/16, fe80::/10: also where clouds give a machine its credentials.
    case linkLocal = "link-local"
    /// Other addresses at which clouds tell a machine about itself.
    case metadata
    /// 0.0.0.0/8, `::`
    case unspecified
    /// 224.0.0.0/4, ff00::/8
    case multicast
    /// 240.0.0.0/4 with 255.255.255.255, and what no rule knows.
    case reserved
}

/// Which addresses may be dialled from the operator's machine.
///
/// A name is resolved once (``HostResolver``), every address that comes is judged by its bytes, and what is dialled is one that was
/// judged: a name that means something else a moment later changes nothing.
public struct AddressPolicy: Sendable, Hashable {
    public var allows: Set<AddressClass>
    /// Addresses of this machine, which are judged as loopback.
    var own: Set<NetworkAddress>

    /// Classes that a definition may allow beyond the standard; the others never are.
    public static let optional: [AddressClass] = [.loopback, .linkLocal, .metadata, .private]

    /// - Parameters:
    ///   - allows: what may be dialled; classes that never may be are left out.
    ///   - own: addresses of this machine; by default its interfaces are asked.
    public init(allows: Set<AddressClass>, own: Set<NetworkAddress> = LocalAddresses.all()) {
        self.allows = allows.intersection(Self.optional + [.global])
        self.own = own
    }

    /// For what an operator named: the internet and private networks.
    public static func standard(allowing more: Set<AddressClass> = []) -> AddressPolicy {
        AddressPolicy(allows: more.union([.global, .private]))
    }

    /// What an address is. One that stands for another, directly or by way of somebody's gateway, is what that one is.
    public func `class`(of address: NetworkAddress) -> AddressClass {
        if let inner = address.embedded { return self.class(of: inner) }
        if own.contains(address) { return .loopback }
        return Self.ranges.first { $0.matches(address) }?.kind ?? (address.isIPv6 ? .reserved : .global)
    }

    private struct Range {
        let kind: AddressClass
        let prefix: [UInt8]
        let bits: Int
        let isIPv6: Bool

        init(_ kind: AddressClass, _ prefix: [UInt8], _ bits: Int, isIPv6: Bool = false) {
            self.kind = kind
            self.prefix = prefix + [UInt8](repeating: 0, count: (isIPv6 ? 16 : 4) - prefix.count)
            self.bits = bits
            self.isIPv6 = isIPv6
        }

        func matches(_ address: NetworkAddress) -> Bool {
            address.isIPv6 == isIPv6 && address.hasPrefix(prefix, bits: bits)
        }
    }

    /// The first that fits decides.
    private static let ranges: [Range] = [
        Range(.unspecified, [0], 8),
        Range(.loopback, [127], 8),
        Range(.linkLocal, [169, 254], 16),
        // Alibaba Cloud, Azure (wire server), Oracle Cloud.
        Range(.metadata, [100, 100, 100, 200], 32),
        Range(.metadata, [168, 63, 129, 16], 32),
        Range(.metadata, [192, 0, 0, 192], 32),
        Range(.private, [10], 8),
        Range(.private, [172, 16], 12),
        Range(.private, [192, 168], 16),
        Range(.private, [100, 64], 10),
        Range(.multicast, [224], 4),
        Range(.reserved, [240], 4),
        Range(.unspecified, [], 128, isIPv6: true),
        Range(.loopback, [UInt8](repeating: 0, count: 15) + [1], 128, isIPv6: true),
        Range(.linkLocal, [0xFE, 0x80], 10, isIPv6: true),
        // AWS and Google Cloud over IPv6.
        Range(
            .metadata, [0xFD, 0x00, 0x0E, 0xC2] + [UInt8](repeating: 0, count: 10) + [0x02, 0x54], 128, isIPv6: true),
        Range(
            .metadata, [0xFD, 0x20, 0x00, 0xCE] + [UInt8](repeating: 0, count: 10) + [0x02, 0x54], 128, isIPv6: true),
        Range(.private, [0xFC], 7, isIPv6: true),
        Range(.private, [0xFE, 0xC0], 10, isIPv6: true),
        Range(.multicast, [0xFF], 8, isIPv6: true),
        Range(.global, [0x20], 3, isIPv6: true),
    ]
}

extension AddressPolicy {
    /// The address again.
    ///
    /// - Throws: ``ProbeError/Code/addressRefused`` when it may not be dialled.
    public func checked(_ address: NetworkAddress) throws(ProbeError) -> NetworkAddress {
        let kind = self.class(of: address)
        guard allows.contains(kind) else {
            throw Resolution(
                host: .address(address), addresses: [.init(address: address, kind: kind, isAllowed: false)],
                milliseconds: 0
            ).refusal
        }
        return address
    }
}
