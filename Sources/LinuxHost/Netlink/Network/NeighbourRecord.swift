/// What hardware address a neighbour has: ARP, neighbour discovery, and the forwarding table of bridges (`struct ndmsg`,
/// rtnetlink(7)).
package struct NeighbourRecord: NetlinkRecord {
    package static let messageType: UInt16 = 28
    package static let subject = "netlink neighbours"
    package static let requests: [Netlink.Request] = [
        NetlinkAddressFamily.ipv4, NetlinkAddressFamily.ipv6, NetlinkAddressFamily.bridge,
    ].map { .dump(30, [$0] + [UInt8](repeating: 0, count: 11)) }

    private let header: [UInt8]
    private let attributes: NetlinkAttributes
    private let interfaces: InterfaceNames

    package init?(_ message: RawSpan, _ interfaces: InterfaceNames) {
        header = Array(message.netlinkBytes(from: 0).prefix(12))
        guard header.count == 12 else { return nil }
        attributes = NetlinkAttributes(message, from: 12)
        self.interfaces = interfaces
    }

    package static let fieldNames = [
        "family", "address", "hardware_address", "interface", "interface_index", "states", "flags", "type", "probes",
        "vlan", "vni", "port", "master", "used_seconds", "confirmed_seconds", "updated_seconds", "references",
        "incomplete",
    ]

    package func write(to writer: inout some FieldWriter) {
        let index: UInt32 = header.netlinkNumber(4) ?? 0
        let states: UInt16 = header.netlinkNumber(8) ?? 0
        writer.field("family", .text(NetlinkAddressFamily.name(header[0])))
        writer.field("address", attributes[1].map { .text(Self.address($0)) })
        writer.field("hardware_address", attributes[2].map { .text(Self.hardware($0)) })
        writer.field("interface", index == 0 ? nil : .raw(interfaces[index]))
        writer.field("interface_index", .unsigned(UInt64(index)))
        writer.field("states", .textList(Self.stateNames(states)))
        writer.field("flags", header[10] == 0 ? nil : .textList(Self.flagNames(header[10])))
        writer.field("type", .number(header[11]))
        writer.field("probes", .optional(attributes.number(4, as: UInt32.self)))
        writer.field("vlan", .optional(attributes.number(5, as: UInt16.self)))
        writer.field("vni", .optional(attributes.number(7, as: UInt32.self)))
        writer.field("port", .optional(attributes.bigEndian(6, as: UInt16.self)))
        writer.field("master", attributes.number(9, as: UInt32.self).map { .raw(interfaces[$0]) })
        // struct nda_cacheinfo: how long ago, in hundredths of a second (USER_HZ).
        let times = attributes[3] ?? []
        for (name, offset) in [("used_seconds", 4), ("confirmed_seconds", 0), ("updated_seconds", 8)] {
            let ticks: UInt32? = times.netlinkNumber(offset)
            writer.field(name, ticks.map { .unsigned(UInt64($0 / 100)) })
        }
        writer.field("references", .optional(times.netlinkNumber(12) as UInt32?))
        writer.field("incomplete", attributes.isWhole ? nil : .flag(true))
    }

    /// An IP address; of a tunnel or a bridge it may be something else.
    private static func address(_ bytes: [UInt8]) -> String {
        IPAddress(networkOrder: bytes).map { "\($0)" } ?? bytes.hardwareAddress
    }

    /// Of a tunnel the hardware address is an IPv4 or IPv6 address.
    private static func hardware(_ bytes: [UInt8]) -> String {
        [4, 16].contains(bytes.count) ? address(bytes) : bytes.hardwareAddress
    }

    private static func stateNames(_ states: UInt16) -> [String] {
        netlinkFlags(
            UInt32(states),
            [
                (1, "incomplete"), (2, "reachable"), (4, "stale"), (8, "delay"), (16, "probe"), (32, "failed"),
                (64, "noarp"), (128, "permanent"),
            ])
    }

    private static func flagNames(_ flags: UInt8) -> [String] {
        netlinkFlags(
            UInt32(flags),
            [
                (1, "use"), (2, "self"), (4, "master"), (8, "proxy"), (16, "externally-learned"), (32, "offloaded"),
                (64, "sticky"), (128, "router"),
            ])
    }
}
