/// What bytes in a register or a set mean, and how nft(8) would write them.
package enum NftValue: Sendable, Hashable {
    /// Of either family; in a set of one.
    case address, ipv4, ipv6
    case port, proto, etherType, hardwareAddress, interfaceName, nfproto
    /// In network order.
    case number
    /// In the machine's own order.
    case hostNumber
    case mark
    case state
    case status
    case packetType
    /// `RTN_…`.
    case addressType
    case text
    case bytes

    package func text(_ bytes: [UInt8]) -> String {
        switch self {
        case .address, .ipv4, .ipv6: IPAddress(networkOrder: bytes).map { "\($0)" } ?? hexadecimal(bytes)
        case .hardwareAddress: bytes.hardwareAddress
        case .interfaceName, .text: quoted(bytes)
        case .port, .number: number(bytes).map { String($0) } ?? hexadecimal(bytes)
        case .proto:
            bytes.count == 1 ? ConntrackRecord.name(ofProtocol: bytes[0]) : number(bytes).map { String($0) } ?? ""
        case .nfproto:
            switch number(bytes) {
            case 2: "ipv4"
            case 10: "ipv6"
            default: hexadecimal(bytes)
            }
        case .etherType:
            switch number(bytes) {
            case 0x0800: "ip"
            case 0x0806: "arp"
            case 0x86DD: "ip6"
            case 0x8100: "vlan"
            default: hexadecimal(bytes)
            }
        case .hostNumber: hostNumber(bytes).map { String($0) } ?? hexadecimal(bytes)
        case .mark: hostNumber(bytes).map { "0x" + String($0, radix: 16) } ?? hexadecimal(bytes)
        case .state: flags(bytes, [(1, "invalid"), (2, "established"), (4, "related"), (8, "new"), (64, "untracked")])
        case .status:
            flags(
                bytes,
                [
                    (1, "expected"), (2, "seen-reply"), (4, "assured"), (8, "confirmed"), (16, "snat"), (32, "dnat"),
                    (512, "dying"),
                ])
        case .packetType:
            switch bytes.first {
            case 0: "host"
            case 1: "broadcast"
            case 2: "multicast"
            case 3: "other"
            default: hexadecimal(bytes)
            }
        case .addressType:
            hostNumber(bytes).map { RoutingNames.type(UInt8(clamping: $0)) } ?? hexadecimal(bytes)
        case .bytes: hexadecimal(bytes)
        }
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String { "0x" + bytes.hexadecimal }

    private func number(_ bytes: [UInt8]) -> UInt64? {
        bytes.count <= 8 ? bytes.reduce(0) { $0 << 8 | UInt64($1) } : nil
    }

    private func hostNumber(_ bytes: [UInt8]) -> UInt64? {
        bytes.count <= 8 ? bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } : nil
    }

    private func flags(_ bytes: [UInt8], _ names: [(bit: UInt32, name: String)]) -> String {
        guard let value: UInt32 = bytes.netlinkNumber(0) else { return hexadecimal(bytes) }
        return value == 0 ? "0" : netlinkFlags(value, names).joined(separator: ",")
    }

    /// A text that has no end is the beginning of one, as in `eth*`.
    private func quoted(_ bytes: [UInt8]) -> String {
        let text = RawText(Array(bytes.prefix { $0 != 0 }))
        let isBeginning = !bytes.isEmpty && !bytes.contains(0) && bytes.count < 16
        return "\""
            + text.escaped.split(separator: "\"" as Character, omittingEmptySubsequences: false)
            .joined(separator: "\\\"") + (isBeginning ? "*" : "") + "\""
    }

    /// The types that nft(8) gives sets (`enum datatypes` of its `datatype.h`); of a concatenation six bits each.
    package static func types(_ number: UInt32) -> [NftValue] {
        var types: [NftValue] = []
        var left = number
        while left != 0 {
            types.insert(single(left & 0x3F), at: 0)
            left >>= 6
        }
        return types.isEmpty ? [.bytes] : types
    }

    private static func single(_ type: UInt32) -> NftValue {
        switch type {
        case 2: .nfproto
        case 4: .number
        case 5: .text
        case 6, 9: .hardwareAddress
        case 7: .ipv4
        case 8: .ipv6
        case 10: .etherType
        case 12: .proto
        case 13: .port
        case 19: .mark
        case 20, 24, 25: .hostNumber
        case 26: .state
        case 28: .status
        case 31: .packetType
        case 38: .addressType
        case 41: .interfaceName
        default: .bytes
        }
    }

    /// A key of a set, or what it maps to: parts of a concatenation begin at multiples of four bytes.
    package static func text(_ bytes: [UInt8], _ types: [NftValue]) -> String {
        guard types.count > 1 else { return (types.first ?? .bytes).text(bytes) }
        var rest = bytes[...]
        var parts: [String] = []
        for type in types {
            guard let width = type.width, width <= rest.count else { return "0x" + bytes.hexadecimal }
            parts.append(type.text(Array(rest.prefix(width))))
            rest = rest.dropFirst((width + 3) & ~3)
        }
        return parts.joined(separator: " . ")
    }

    /// The type's name, as nft(8) has it where that has one.
    package var typeName: String {
        switch self {
        case .ipv4: "ipv4_addr"
        case .ipv6: "ipv6_addr"
        case .address: "address"
        case .port: "inet_service"
        case .proto: "inet_proto"
        case .etherType: "ether_type"
        case .hardwareAddress: "ether_addr"
        case .interfaceName: "ifname"
        case .nfproto: "nf_proto"
        case .number, .hostNumber: "integer"
        case .mark: "mark"
        case .state: "ct_state"
        case .status: "ct_status"
        case .packetType: "pkt_type"
        case .addressType: "fib_addrtype"
        case .text: "string"
        case .bytes: "bytes"
        }
    }

    /// How many bytes a part of a concatenated key has, where its type says so.
    package var width: Int? {
        switch self {
        case .port, .etherType: 2
        case .proto, .nfproto, .packetType: 1
        case .mark, .hostNumber, .state, .status, .addressType: 4
        case .interfaceName: 16
        case .hardwareAddress: 6
        case .ipv4: 4
        case .ipv6: 16
        default: nil
        }
    }
}
