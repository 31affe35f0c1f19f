/// Addresses and networks, and which of them an address is in.
struct AddressTable: Sendable {
    /// Of one length of prefix: the masked address, and which indicator it is.
    private struct Length<Number: Hashable & Sendable>: Sendable {
        let mask: Number
        var members: [Number: Int] = [:]
    }

    private var v4: [Length<UInt32>] = []
    private var v6: [Length<UInt128>] = []
    /// A bit for each upper half of an IPv4 address that anything begins with.
    private var halves = [UInt64](repeating: 0, count: 1 << 10)

    init(_ numbers: [(number: NetworkNumber, indicator: Int)]) {
        for (number, indicator) in numbers {
            let mask = NetworkNumber.mask(prefix: number.prefix, width: number.width)
            if number.isIPv6 {
                let index = v6.firstIndex { $0.mask == mask } ?? v6.endIndex
                if index == v6.endIndex { v6.append(Length(mask: mask)) }
                v6[index].members[number.bits] = indicator
            } else {
                let (bits, mask) = (UInt32(truncatingIfNeeded: number.bits), UInt32(truncatingIfNeeded: mask))
                let index = v4.firstIndex { $0.mask == mask } ?? v4.endIndex
                if index == v4.endIndex { v4.append(Length(mask: mask)) }
                v4[index].members[bits] = indicator
                for half in (bits >> 16)...((bits | ~mask) >> 16) { halves[Int(half >> 6)] |= 1 << UInt64(half & 63) }
            }
        }
    }

    var hasIPv4: Bool { !v4.isEmpty }
    var hasIPv6: Bool { !v6.isEmpty }

    /// Hands out the indicators that are this address, or a network that it is in.
    func find(ipv4 address: UInt32, _ body: (Int) throws -> Void) rethrows {
        let half = address >> 16
        guard halves[Int(half >> 6)] >> UInt64(half & 63) & 1 != 0 else { return }
        for length in v4 { if let indicator = length.members[address & length.mask] { try body(indicator) } }
    }

    func find(ipv6 address: UInt128, _ body: (Int) throws -> Void) rethrows {
        for length in v6 { if let indicator = length.members[address & length.mask] { try body(indicator) } }
    }
}
