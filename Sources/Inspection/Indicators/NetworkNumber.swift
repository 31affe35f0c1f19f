internal import Glibc

/// An IP address or network as a number.
struct NetworkNumber: Hashable {
    let isIPv6: Bool
    /// Of IPv4, the lower 32 bits.
    let bits: UInt128
    /// Bits that count: 32 or 128 for one address.
    let prefix: Int

    /// The longest text of an address: IPv6 with an IPv4 address at its end.
    static let longestText = 45

    var width: Int { isIPv6 ? 128 : 32 }

    /// One address. An IPv4 address that is mapped into IPv6 is that IPv4 address.
    init?(address text: some Collection<UInt8>) {
        guard text.count <= Self.longestText, !text.isEmpty else { return nil }
        var characters = text.map { CChar(bitPattern: $0) }
        characters.append(0)
        if text.contains(UInt8(ascii: ":")) {
            var address = in6_addr()
            guard inet_pton(AF_INET6, characters, &address) == 1 else { return nil }
            let number = withUnsafeBytes(of: address) { $0.reduce(UInt128(0)) { $0 << 8 | UInt128($1) } }
            let isMapped = number >> 32 == 0xFFFF
            self.init(isIPv6: !isMapped, bits: isMapped ? number & 0xFFFF_FFFF : number)
        } else {
            var address = in_addr()
            guard inet_pton(AF_INET, characters, &address) == 1 else { return nil }
            self.init(isIPv6: false, bits: UInt128(UInt32(bigEndian: address.s_addr)))
        }
    }

    /// A network, as in `10.0.0.0/8`. What stands behind its prefix is ignored.
    init?(network text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.count <= 3, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let prefix = Int(parts[1]), let address = NetworkNumber(address: Array(parts[0].utf8)),
            (0...address.width).contains(prefix)
        else { return nil }
        self.init(isIPv6: address.isIPv6, bits: address.bits, prefix: prefix)
    }

    init(isIPv6: Bool, bits: UInt128, prefix: Int? = nil) {
        self.isIPv6 = isIPv6
        let width = isIPv6 ? 128 : 32
        self.prefix = prefix ?? width
        self.bits = self.prefix == width ? bits : bits & Self.mask(prefix: self.prefix, width: width)
    }

    static func mask(prefix: Int, width: Int) -> UInt128 {
        let all: UInt128 = width == 128 ? .max : (1 << UInt128(width)) - 1
        return prefix == 0 ? 0 : all & ~((UInt128(1) << UInt128(width - prefix)) &- 1)
    }

    /// The address, as inet_ntop(3) writes it, and the prefix unless it is one address.
    var text: String {
        let address: String
        if isIPv6 {
            var number = in6_addr()
            withUnsafeMutableBytes(of: &number) { bytes in
                for index in 0..<16 { bytes[index] = UInt8(truncatingIfNeeded: bits >> UInt128(8 * (15 - index))) }
            }
            var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            _ = inet_ntop(AF_INET6, &number, &buffer, socklen_t(buffer.count))
            address = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        } else {
            address = (0..<4).map { "\(bits >> UInt128(8 * (3 - $0)) & 0xFF)" }.joined(separator: ".")
        }
        return prefix == width ? address : "\(address)/\(prefix)"
    }
}
