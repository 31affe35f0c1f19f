/// An address of IPv4 or IPv6 as its bytes; one of IPv4 that is mapped into IPv6 is one of IPv4.
package struct IPAddress: Hashable, Sendable {
    /// 4 or 16.
    let bytes: [UInt8]

    /// Nil for what is none.
    package init?(_ text: some StringProtocol) {
        let text = text.prefix { $0 != "%" }
        guard text.utf8.count <= 45 else { return nil }
        if let four = Self.four(text) {
            bytes = four
            return
        }
        guard text.contains(":"), let sixteen = Self.sixteen(text) else { return nil }
        let isMapped = sixteen[..<10].allSatisfy { $0 == 0 } && sixteen[10] == 0xFF && sixteen[11] == 0xFF
        bytes = isMapped ? Array(sixteen[12...]) : sixteen
    }

    private static func four(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let bytes = parts.compactMap { part in part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt8(part) : nil }
        return bytes.count == 4 ? bytes : nil
    }

    private static func sixteen(_ text: some StringProtocol) -> [UInt8]? {
        var halves: [[UInt8]] = []
        // `::` stands for zeros, once.
        var rest = String(text)[...]
        var sides: [Substring] = [rest]
        if let gap = rest.firstRange(of: "::") {
            sides = [rest[..<gap.lowerBound], rest[gap.upperBound...]]
            rest = sides[1]
            guard rest.firstRange(of: "::") == nil else { return nil }
        }
        for side in sides {
            var bytes: [UInt8] = []
            if !side.isEmpty {
                for part in side.split(separator: ":", omittingEmptySubsequences: false) {
                    if let four = four(part) {
                        bytes += four
                    } else if (1...4).contains(part.utf8.count), let number = UInt16(part, radix: 16) {
                        bytes += [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
                    } else {
                        return nil
                    }
                }
            }
            halves.append(bytes)
        }
        let count = halves.reduce(0) { $0 + $1.count }
        guard halves.count == 2 else { return count == 16 ? halves[0] : nil }
        return count <= 14 ? halves[0] + [UInt8](repeating: 0, count: 16 - count) + halves[1] : nil
    }

    package var isLoopback: Bool {
        bytes.count == 4 ? bytes[0] == 127 : bytes[..<15].allSatisfy { $0 == 0 } && bytes[15] == 1
    }

    var isUnspecified: Bool { bytes.allSatisfy { $0 == 0 } }

    /// Of networks that are nobody's own on the Internet (RFC 1918, 4193, 6598), or of one link.
    package var isPrivate: Bool {
        guard bytes.count == 4 else { return bytes[0] & 0xFE == 0xFC || bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80 }
        return switch (bytes[0], bytes[1]) {
        case (10, _), (192, 168), (169, 254): true
        case (172, 16...31), (100, 64...127): true
        default: false
        }
    }
}

/// Addresses that begin alike: `10.244.0.0/22`.
package struct IPNetwork: Hashable, Sendable {
    let address: IPAddress
    let bits: Int

    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(parts[0]), let bits = Int(parts[1]) else { return nil }
        self.init(address, bits: bits)
    }

    /// Nil where it would be everything, or there are not so many bits.
    init?(_ address: IPAddress, bits: Int) {
        guard (1...address.bytes.count * 8).contains(bits) else { return nil }
        self.address = address
        self.bits = bits
    }

    package func contains(_ other: IPAddress) -> Bool {
        guard other.bytes.count == address.bytes.count else { return false }
        let whole = bits / 8
        guard other.bytes[..<whole] == address.bytes[..<whole] else { return false }
        guard bits % 8 > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF << (8 - bits % 8))
        return other.bytes[whole] & mask == address.bytes[whole] & mask
    }
}
