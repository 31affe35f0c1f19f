/// An IPv4 or IPv6 address.
public struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// Which of the two.
    public enum Family: UInt8, Hashable, Sendable {
        case ipv4 = 4
        case ipv6 = 6
    }

    /// Which of the two.
    public let family: Family
    // Most significant bits first; an IPv4 address is the low 32 bits of `low`.
    private let high: UInt64
    private let low: UInt64

    /// An IPv4 address by its number in host order: 127.0.0.1 is 0x7F000001.
    public init(ipv4 value: UInt32) {
        family = .ipv4
        high = 0
        low = UInt64(value)
    }

    /// An IPv6 address by its two halves, most significant first.
    public init(ipv6 high: UInt64, _ low: UInt64) {
        family = .ipv6
        self.high = high
        self.low = low
    }

    /// 0.0.0.0 or `::`.
    public var isUnspecified: Bool { high == 0 && low == 0 }

    /// The IPv4 address inside an IPv4-mapped IPv6 one (`::ffff:0:0/96`, RFC 4291 section 2.5.5.2).
    public var mappedIPv4: IPAddress? {
        guard family == .ipv6, high == 0, low >> 32 == 0xFFFF else { return nil }
        return IPAddress(ipv4: UInt32(truncatingIfNeeded: low))
    }

    /// 127.0.0.0/8, `::1`, or an IPv4-mapped loopback address.
    public var isLoopback: Bool {
        switch family {
        case .ipv4: low >> 24 == 127
        case .ipv6: (high == 0 && low == 1) || mappedIPv4?.isLoopback == true
        }
    }

    /// Dotted decimal, or the form of RFC 5952 (IPv4-mapped addresses with dotted decimal at the end).
    public var description: String {
        if family == .ipv4 {
            return "\(low >> 24 & 255).\(low >> 16 & 255).\(low >> 8 & 255).\(low & 255)"
        }
        if let mapped = mappedIPv4 { return "::ffff:\(mapped)" }
        var groups: [UInt16] = []
        for half in [high, low] {
            for shift in [48, 32, 16, 0] { groups.append(UInt16(truncatingIfNeeded: half >> UInt64(shift))) }
        }
        guard let zeros = Self.longestZeroRun(groups) else {
            return Self.text(groups[...])
        }
        return Self.text(groups[..<zeros.lowerBound]) + "::" + Self.text(groups[zeros.upperBound...])
    }

    private static func text(_ groups: ArraySlice<UInt16>) -> String {
        groups.map { String($0, radix: 16) }.joined(separator: ":")
    }

    /// The leftmost of the longest runs of two or more zero groups.
    private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int>? {
        var best: Range<Int>?
        var start = 0
        while start < groups.count {
            var end = start
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - start > max(1, best?.count ?? 0) { best = start..<end }
            start = max(end, start + 1)
        }
        return best
    }
}

/// An address and a port.
public struct SocketEndpoint: Hashable, Sendable, CustomStringConvertible {
    /// The address.
    public let address: IPAddress
    /// The port; of a raw socket, the IP protocol number.
    public let port: UInt16

    /// An endpoint.
    public init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// As `ss -n` prints it: `127.0.0.1:22`, `[::1]:22`; port 0 is `*`.
    public var description: String {
        let host = address.family == .ipv6 ? "[\(address)]" : "\(address)"
        return host + ":" + (port == 0 ? "*" : "\(port)")
    }
}
