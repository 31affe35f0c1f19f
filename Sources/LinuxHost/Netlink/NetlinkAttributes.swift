/// The attributes of a netlink message, or those within one of them.
///
/// Lengths are what the sender says: nothing beyond the message is read, and what is shorter than its type needs is not there.
package struct NetlinkAttributes: Sendable, Hashable {
    package struct Attribute: Sendable, Hashable {
        package var type: UInt16
        package var value: [UInt8]
    }

    /// In the order of the message.
    package private(set) var all: [Attribute] = []
    /// Whether they fill the message; else one has a length that contradicts it, and it and what is behind it is left out.
    package let isWhole: Bool

    /// - Parameter offset: where the first begins: behind the header of the family.
    package init(_ message: RawSpan, from offset: Int) {
        var all: [Attribute] = []
        isWhole = Netlink.forEachAttribute(of: message, from: offset) { type, value in
            all.append(Attribute(type: type, value: value.netlinkBytes(from: 0)))
        }
        self.all = all
    }

    package init(_ bytes: [UInt8]) {
        self.init(bytes.span.bytes, from: 0)
    }

    /// The value of an attribute; of several of one type the last, as the kernel does.
    package subscript(type: UInt16) -> [UInt8]? {
        all.last { $0.type == type }?.value
    }

    /// The attributes within one.
    package func nested(_ type: UInt16) -> NetlinkAttributes? {
        self[type].map { NetlinkAttributes($0) }
    }

    /// A number in the machine's own order, as rtnetlink has them.
    package func number<Number: FixedWidthInteger & BitwiseCopyable>(_ type: UInt16, as _: Number.Type) -> Number? {
        self[type].flatMap { $0.netlinkNumber(0) }
    }

    /// A number in network order, as netfilter has them.
    package func bigEndian<Number: FixedWidthInteger & BitwiseCopyable>(_ type: UInt16, as _: Number.Type) -> Number? {
        number(type, as: Number.self).map(Number.init(bigEndian:))
    }

    /// A text, up to the first NUL.
    package func text(_ type: UInt16) -> RawText? {
        self[type].map { RawText(Array($0.prefix { $0 != 0 })) }
    }

    /// An address of 4 or 16 bytes.
    package func address(_ type: UInt16) -> IPAddress? {
        self[type].flatMap { IPAddress(networkOrder: $0) }
    }
}

extension IPAddress {
    /// An address as it stands in packets; nil of what has neither 4 nor 16 bytes.
    package init?(networkOrder bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 4: self.init(ipv4: bytes.reduce(0) { $0 << 8 | UInt32($1) })
        case 16:
            self.init(
                ipv6: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
                bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) })
        default: return nil
        }
    }
}

extension RawSpan {
    /// The bytes from an offset on; none beyond the end.
    package func netlinkBytes(from offset: Int) -> [UInt8] {
        guard offset >= 0, offset < byteCount else { return [] }
        return extracting(offset..<byteCount).withUnsafeBytes { Array($0) }
    }
}

extension [UInt8] {
    /// A number in the machine's own order at an offset; nil beyond the end.
    package func netlinkNumber<Number: FixedWidthInteger & BitwiseCopyable>(_ offset: Int) -> Number? {
        span.bytes.netlink(offset, as: Number.self)
    }

    /// Two hexadecimal digits a byte.
    package var hexadecimal: String {
        var digits: [UInt8] = []
        for byte in self { Hexadecimal.append(byte, to: &digits) }
        return String(decoding: digits, as: UTF8.self)
    }

    /// A hardware address: `02:00:5e:00:53:01`.
    package var hardwareAddress: String {
        map { [$0].hexadecimal }.joined(separator: ":")
    }
}

/// Names for the bits that are set, and what is left over in hexadecimal.
package func netlinkFlags(_ value: UInt32, _ names: [(bit: UInt32, name: String)]) -> [String] {
    var left = value
    var found: [String] = []
    for (bit, name) in names where left & bit == bit {
        found.append(name)
        left &= ~bit
    }
    if left != 0 { found.append("0x" + String(left, radix: 16)) }
    return found
}
