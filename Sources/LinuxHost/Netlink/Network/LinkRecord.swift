/// An interface (`struct ifinfomsg`, rtnetlink(7)) with its counters.
package struct LinkRecord: NetlinkRecord {
    package static let messageType: UInt16 = 16
    package static let subject = "netlink interfaces"
    package static let requests: [Netlink.Request] = [.dump(18, [UInt8](repeating: 0, count: 16))]

    package let index: UInt32
    package let name: RawText
    private let header: [UInt8]
    private let attributes: NetlinkAttributes
    private let interfaces: InterfaceNames

    package init?(_ message: RawSpan, _ interfaces: InterfaceNames) {
        header = Array(message.netlinkBytes(from: 0).prefix(16))
        guard header.count == 16 else { return nil }
        index = header.netlinkNumber(4) ?? 0
        attributes = NetlinkAttributes(message, from: 16)
        name = attributes.text(3) ?? RawText("if\(index)")
        self.interfaces = interfaces
    }

    package static let fieldNames =
        [
            "index", "name", "alternative_names", "alias", "kind", "hardware_type", "hardware_address",
            "permanent_address", "flags", "operational_state", "carrier", "carrier_changes", "mtu", "queue_discipline",
            "queue_length", "group", "promiscuity", "master", "master_index", "lower_index", "lower_namespace", "vlan",
            "vni", "tunnel_local", "tunnel_remote", "xdp_program",
        ] + counters.map(\.name) + ["incomplete"]

    /// `struct rtnl_link_stats64`: eight bytes each.
    private static let counters: [(name: String, place: Int)] = [
        ("received_packets", 0), ("sent_packets", 1), ("received_bytes", 2), ("sent_bytes", 3), ("receive_errors", 4),
        ("send_errors", 5), ("receive_drops", 6), ("send_drops", 7), ("multicast_received", 8), ("collisions", 9),
    ]

    package func write(to writer: inout some FieldWriter) {
        writer.field("index", .unsigned(UInt64(index)))
        writer.field("name", .raw(name))
        writer.field("alternative_names", alternativeNames.isEmpty ? nil : .rawList(alternativeNames))
        writer.field("alias", attributes.text(20).map { .raw($0) })
        writer.field("kind", info?.text(1).map { .raw($0) })
        writer.field("hardware_type", .number((header.netlinkNumber(2) ?? 0) as UInt16))
        writer.field("hardware_address", attributes[1].map { .text(Self.hardware($0)) })
        writer.field("permanent_address", attributes[54].map { .text(Self.hardware($0)) })
        writer.field("flags", .textList(Self.flagNames(header.netlinkNumber(8) ?? 0)))
        writer.field("operational_state", attributes.number(16, as: UInt8.self).map { .text(Self.state($0)) })
        writer.field("carrier", attributes.number(33, as: UInt8.self).map { .flag($0 != 0) })
        writer.field("carrier_changes", .optional(attributes.number(35, as: UInt32.self)))
        writer.field("mtu", .optional(attributes.number(4, as: UInt32.self)))
        writer.field("queue_discipline", attributes.text(6).map { .raw($0) })
        writer.field("queue_length", .optional(attributes.number(13, as: UInt32.self)))
        writer.field("group", .optional(attributes.number(27, as: UInt32.self)))
        writer.field("promiscuity", .optional(attributes.number(30, as: UInt32.self)))
        let master = attributes.number(10, as: UInt32.self)
        writer.field("master", master.map { .raw(interfaces[$0]) })
        writer.field("master_index", .optional(master))
        // Of a veth the other end, of a VLAN what it is on; that may be in another namespace, which has a number of its own here.
        writer.field("lower_index", .optional(attributes.number(5, as: UInt32.self)))
        writer.field("lower_namespace", .optional(attributes.number(37, as: Int32.self)))
        writeTunnel(to: &writer)
        writer.field("xdp_program", .optional(attributes.nested(43)?.number(4, as: UInt32.self)))
        let statistics = attributes[23] ?? []
        for counter in Self.counters {
            writer.field(counter.name, .optional(statistics.netlinkNumber(counter.place * 8) as UInt64?))
        }
        writer.field("incomplete", attributes.isWhole ? nil : .flag(true))
    }

    private var info: NetlinkAttributes? { attributes.nested(18) }

    /// `IFLA_INFO_DATA` means something else for each kind: `IFLA_VLAN_…`, `IFLA_VXLAN_…` (`<linux/if_link.h>`).
    private func writeTunnel(to writer: inout some FieldWriter) {
        let kind = info?.text(1)?.string
        let data = info?.nested(2)
        let isVXLAN = kind == "vxlan"
        writer.field("vlan", kind == "vlan" ? .optional(data?.number(1, as: UInt16.self)) : nil)
        writer.field(
            "vni", isVXLAN || kind == "geneve" ? .optional(data?.number(1, as: UInt32.self)) : nil)
        writer.field(
            "tunnel_local", isVXLAN ? (data?.address(4) ?? data?.address(17)).map { .text("\($0)") } : nil)
        writer.field(
            "tunnel_remote", isVXLAN ? (data?.address(2) ?? data?.address(16)).map { .text("\($0)") } : nil)
    }

    /// `IFLA_PROP_LIST` of `IFLA_ALT_IFNAME`.
    private var alternativeNames: [RawText] {
        (attributes.nested(52)?.all ?? []).filter { $0.type == 53 }.map {
            RawText(Array($0.value.prefix { $0 != 0 }))
        }
    }

    /// Of a tunnel it is an IP address.
    private static func hardware(_ bytes: [UInt8]) -> String {
        [4, 16].contains(bytes.count)
            ? IPAddress(networkOrder: bytes).map { "\($0)" } ?? "" : bytes.hardwareAddress
    }

    private static func state(_ state: UInt8) -> String {
        let names = ["unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up"]
        return names.indices.contains(Int(state)) ? names[Int(state)] : String(state)
    }

    private static func flagNames(_ flags: UInt32) -> [String] {
        netlinkFlags(
            flags,
            [
                (1, "up"), (2, "broadcast"), (4, "debug"), (8, "loopback"), (16, "pointopoint"), (32, "notrailers"),
                (64, "running"), (128, "noarp"), (0x100, "promisc"), (0x200, "allmulti"), (0x400, "master"),
                (0x800, "slave"), (0x1000, "multicast"), (0x2000, "portsel"), (0x4000, "automedia"),
                (0x8000, "dynamic"), (0x10000, "lower-up"), (0x20000, "dormant"), (0x40000, "echo"),
            ])
    }
}
