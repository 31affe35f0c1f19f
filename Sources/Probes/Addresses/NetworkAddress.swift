#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// An IPv4 or IPv6 address by its bytes in network order: 4 or 16 of them. What is judged and what is dialled are these bytes,
/// never a text.
public struct NetworkAddress: Hashable, Sendable, CustomStringConvertible {
    public let bytes: [UInt8]

    /// Nil unless there are 4 or 16 bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Reads dotted decimal with four numbers, or the text of an IPv6 address (RFC 4291 section 2.2) without brackets and zone.
    /// Nil for anything else, such as the `127.1` and `0x7f000001` that some resolvers take.
    public init?(_ text: String) {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if inet_pton(family, text, &bytes) == 1 {
                self.bytes = bytes
                return
            }
        }
        return nil
    }

    public var isIPv6: Bool { bytes.count == 16 }

    /// Dotted decimal, or the form of RFC 5952.
    public var description: String {
        // INET6_ADDRSTRLEN
        var text = [CChar](repeating: 0, count: 46)
        let result = inet_ntop(isIPv6 ? AF_INET6 : AF_INET, bytes, &text, socklen_t(text.count))
        return result.map { String(cString: $0) } ?? "?"
    }

    /// With a port: `192.0.2.1:443`, `[2001:db8::1]:443`.
    public func description(port: Int) -> String { isIPv6 ? "[\(self)]:\(port)" : "\(self):\(port)" }

    func hasPrefix(_ prefix: [UInt8], bits: Int) -> Bool {
        guard bits <= bytes.count * 8, bits <= prefix.count * 8 else { return false }
        let whole = bits / 8
        guard bytes.prefix(whole).elementsEqual(prefix.prefix(whole)) else { return false }
        let rest = bits % 8
        guard rest > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> rest)
        return bytes[whole] & mask == prefix[whole] & mask
    }

    /// The IPv4 address that this IPv6 address stands for, in every form in which a network or a gateway may unwrap it.
    var embedded: NetworkAddress? {
        guard isIPv6 else { return nil }
        func four(at offset: Int, invert: Bool = false) -> NetworkAddress? {
            NetworkAddress(bytes: bytes[offset..<offset + 4].map { invert ? ~$0 : $0 })
        }
        let zeros = [UInt8](repeating: 0, count: 12)
        // IPv4-mapped, and IPv4-compatible (RFC 4291 section 2.5.5); of `::` and `::1` the class is their own.
        if hasPrefix(zeros.prefix(10) + [0xFF, 0xFF], bits: 96) { return four(at: 12) }
        if hasPrefix(zeros, bits: 96), bytes[12...] != [0, 0, 0, 0], bytes[12...] != [0, 0, 0, 1] {
            return four(at: 12)
        }
        // IPv4-translated (RFC 2765), NAT64 (RFC 6052), 6to4 (RFC 3056).
        if hasPrefix(zeros.prefix(8) + [0xFF, 0xFF, 0, 0], bits: 96) { return four(at: 12) }
        if hasPrefix([0x00, 0x64, 0xFF, 0x9B] + zeros.prefix(8), bits: 96) { return four(at: 12) }
        // The operator of a local-use prefix (RFC 8215) chooses where the address stands; the usual place is the end.
        if hasPrefix([0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01], bits: 48) { return four(at: 12) }
        if hasPrefix([0x20, 0x02], bits: 16) { return four(at: 2) }
        // Teredo: the client's address, inverted (RFC 4380 section 4).
        if hasPrefix([0x20, 0x01, 0x00, 0x00], bits: 32) { return four(at: 12, invert: true) }
        return nil
    }
}
