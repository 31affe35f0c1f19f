/// The kinds of things of a ruleset of nftables, and how the kernel numbers their messages (`<linux/netfilter/nf_tables.h>`).
package enum NftablesPart: String, Sendable, CaseIterable {
    case table, chain, set, element, object, flowtable, rule

    /// `NFT_MSG_NEW…` and `NFT_MSG_GET…`, below subsystem `NFNL_SUBSYS_NFTABLES`.
    private var numbers: (new: UInt16, get: UInt16) {
        switch self {
        case .table: (0, 1)
        case .chain: (3, 4)
        case .rule: (6, 7)
        case .set: (9, 10)
        case .element: (12, 13)
        case .object: (18, 19)
        case .flowtable: (22, 23)
        }
    }

    private static let subsystem: UInt16 = 10 << 8

    package var messageType: UInt16 { Self.subsystem | numbers.new }

    /// All of them: of every family, `NFPROTO_UNSPEC`.
    package var request: Netlink.Request { .dump(Self.subsystem | numbers.get, [0, 0, 0, 0]) }

    /// The elements of one set.
    package static func elements(family: UInt8, table: RawText, set: RawText) -> Netlink.Request {
        var payload: [UInt8] = [family, 0, 0, 0]
        for (type, text) in [(1 as UInt16, table), (2, set)] {
            payload.append(netlink: UInt16(4 + text.bytes.count + 1))
            payload.append(netlink: type)
            payload += text.bytes + [0]
            payload += [UInt8](repeating: 0, count: (4 - payload.count % 4) % 4)
        }
        return .dump(subsystem | element.numbers.get, payload)
    }

    /// The number of the ruleset's generation, which each change raises: `NFT_MSG_GETGEN`.
    package static let generation = Netlink.Request.single(subsystem | 16, [0, 0, 0, 0])
    package static let generationType = subsystem | 15

    /// `NFPROTO_…`, as nft(8) names them.
    package static func family(_ number: UInt8) -> String {
        switch number {
        case 1: "inet"
        case 2: "ip"
        case 3: "arp"
        case 5: "netdev"
        case 7: "bridge"
        case 10: "ip6"
        default: "family-\(number)"
        }
    }
}
