internal import Glibc

/// An address with the length of its prefix, as `10.0.0.0/8`; of a single address all bits count.
public struct AddressRange: Hashable, Sendable, CustomStringConvertible {
    public let family: IPAddress.Family
    /// In network order: 4 or 16 bytes; those behind the prefix are zero.
    package let bytes: [UInt8]
    /// 0 to 32, or 0 to 128.
    public let prefixLength: Int

    /// An address in numbers, or a network in CIDR notation (RFC 4632, RFC 4291 section 2.3); nil for anything else, names too.
    public init?(_ text: String) {
        let parts = text.split(separator: "/" as Character, maxSplits: 1, omittingEmptySubsequences: false)
            .map(String.init)
        guard let address = parts.first else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, address, &bytes) == 1 {
            family = .ipv4
            bytes.removeLast(12)
        } else if inet_pton(AF_INET6, address, &bytes) == 1 {
            family = .ipv6
        } else {
            return nil
        }
        let width = bytes.count * 8
        var length = width
        if parts.count == 2 {
            guard let given = Int(parts[1]), String(given) == parts[1], (0...width).contains(given) else { return nil }
            length = given
        }
        for index in bytes.indices {
            bytes[index] &= Self.mask(byte: index, length)
        }
        self.bytes = bytes
        prefixLength = length
    }

    /// The bits of one byte that count.
    private static func mask(byte index: Int, _ length: Int) -> UInt8 {
        let bits = min(8, max(0, length - index * 8))
        return UInt8(truncatingIfNeeded: 0xFF00 >> bits)
    }

    /// Its words of 32 bits in host order with the bits that count in each, as far as any do.
    package var words: [(value: UInt32, mask: UInt32)] {
        stride(from: 0, to: bytes.count, by: 4).compactMap { start in
            let mask = (start..<start + 4).reduce(UInt32(0)) { $0 << 8 | UInt32(Self.mask(byte: $1, prefixLength)) }
            guard mask != 0 else { return nil }
            return (bytes[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }, mask)
        }
    }

    public var description: String {
        let address: IPAddress =
            if family == .ipv4 {
                IPAddress(ipv4: bytes.reduce(0) { $0 << 8 | UInt32($1) })
            } else {
                IPAddress(
                    ipv6: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) },
                    bytes[8...].reduce(0) { $0 << 8 | UInt64($1) })
            }
        return prefixLength == bytes.count * 8 ? "\(address)" : "\(address)/\(prefixLength)"
    }
}
