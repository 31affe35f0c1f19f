/// A route of any table (`struct rtmsg`, rtnetlink(7)).
package struct RouteRecord: NetlinkRecord, TextRecord {
    package static let messageType: UInt16 = 24
    package static let subject = "netlink routes"
    package static let requests: [Netlink.Request] = [NetlinkAddressFamily.ipv4, NetlinkAddressFamily.ipv6].map {
        .dump(26, [$0] + [UInt8](repeating: 0, count: 11))
    }

    private struct NextHop {
        var gateway: String?
        var interface: UInt32
        var weight: Int?
        var flags: UInt32
    }

    private let family: UInt8
    private let destinationLength: UInt8
    private let sourceLength: UInt8
    private let serviceType: UInt8
    private let tableByte: UInt8
    private let proto: UInt8
    private let scope: UInt8
    private let type: UInt8
    private let flags: UInt32
    private let attributes: NetlinkAttributes
    private let interfaces: InterfaceNames

    package init?(_ message: RawSpan, _ interfaces: InterfaceNames) {
        let header = message.netlinkBytes(from: 0).prefix(12)
        guard header.count == 12 else { return nil }
        family = header[0]
        destinationLength = header[1]
        sourceLength = header[2]
        serviceType = header[3]
        tableByte = header[4]
        proto = header[5]
        scope = header[6]
        type = header[7]
        flags = message.netlink(8, as: UInt32.self) ?? 0
        attributes = NetlinkAttributes(message, from: 12)
        self.interfaces = interfaces
    }

    package static let fieldNames = [
        "family", "type", "destination", "source", "gateway", "interface", "interface_index", "table", "protocol",
        "scope", "preferred_source", "metric", "tos", "mtu", "flags", "next_hops", "next_hop_id", "encapsulation",
        "incomplete",
    ]

    package func write(to writer: inout some FieldWriter) {
        writer.field("family", .text(NetlinkAddressFamily.name(family)))
        writer.field("type", .text(RoutingNames.type(type)))
        writer.field("destination", .text(destination))
        writer.field("source", source.map { .text($0) })
        writer.field("gateway", gateway.map { .text($0) })
        writer.field("interface", interface.map { .raw(interfaces[$0]) })
        writer.field("interface_index", .optional(interface))
        writer.field("table", .unsigned(UInt64(table)))
        writer.field("protocol", .text(RoutingNames.proto(proto)))
        writer.field("scope", .text(RoutingNames.scope(scope)))
        writer.field("preferred_source", attributes.address(7).map { .text("\($0)") })
        writer.field("metric", .optional(metric))
        writer.field("tos", serviceType == 0 ? nil : .number(serviceType))
        writer.field("mtu", .optional(attributes.nested(8)?.number(2, as: UInt32.self)))
        writer.field("flags", flagNames.isEmpty ? nil : .textList(flagNames))
        writer.field("next_hops", nextHops.isEmpty ? nil : .records(nextHops.map(record)))
        writer.field("next_hop_id", .optional(attributes.number(30, as: UInt32.self)))
        writer.field("encapsulation", encapsulation.map { .text($0) })
        writer.field("incomplete", attributes.isWhole ? nil : .flag(true))
    }

    private func record(_ hop: NextHop) -> [(String, FieldValue)] {
        var members: [(String, FieldValue)] = []
        if let gateway = hop.gateway { members.append(("gateway", .text(gateway))) }
        members.append(("interface", .raw(interfaces[hop.interface])))
        if let weight = hop.weight { members.append(("weight", .number(weight))) }
        let flags = Self.flagNames(hop.flags)
        if !flags.isEmpty { members.append(("flags", .textList(flags))) }
        return members
    }

    // MARK: What it says

    private var table: UInt32 { attributes.number(15, as: UInt32.self) ?? UInt32(tableByte) }
    private var interface: UInt32? { attributes.number(4, as: UInt32.self) }
    private var metric: UInt32? { attributes.number(6, as: UInt32.self) }

    private var destination: String { prefix(1, destinationLength) ?? "default" }
    private var source: String? { sourceLength == 0 ? nil : prefix(2, sourceLength) }

    private func prefix(_ attribute: UInt16, _ length: UInt8) -> String? {
        guard let address = attributes.address(attribute) else { return nil }
        return length == (address.family == .ipv4 ? 32 : 128) ? "\(address)" : "\(address)/\(length)"
    }

    private var gateway: String? { Self.gateway(attributes) }

    /// `RTA_GATEWAY`; or `RTA_VIA`, an address of another family, which has that in front.
    private static func gateway(_ attributes: NetlinkAttributes) -> String? {
        if let address = attributes.address(5) { return "\(address)" }
        return attributes[18].flatMap { IPAddress(networkOrder: $0.dropFirst(2)) }.map { "\($0)" }
    }

    /// `RTA_ENCAP_TYPE` (`<linux/lwtunnel.h>`).
    private var encapsulation: String? {
        guard let type = attributes.number(21, as: UInt16.self), type != 0 else { return nil }
        let names = ["mpls", "ip", "ila", "ip6", "seg6", "bpf", "seg6local", "rpl", "ioam6", "xfrm"]
        return names.indices.contains(Int(type) - 1) ? names[Int(type) - 1] : String(type)
    }

    /// `struct rtnexthop` one after the other: length, flags, weight less one, interface, then attributes.
    private var nextHops: [NextHop] {
        var hops: [NextHop] = []
        var rest = (attributes[9] ?? [])[...]
        while rest.count >= 8 {
            let head = Array(rest.prefix(8))
            let length = Int(head.netlinkNumber(0) as UInt16? ?? 0)
            guard length >= 8, length <= rest.count else { break }
            let inner = NetlinkAttributes(Array(rest.prefix(length).dropFirst(8)))
            hops.append(
                NextHop(
                    gateway: Self.gateway(inner), interface: head.netlinkNumber(4) ?? 0, weight: Int(head[3]) + 1,
                    flags: UInt32(head[2])))
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return hops
    }

    private var flagNames: [String] { Self.flagNames(flags) }

    private static func flagNames(_ flags: UInt32) -> [String] {
        netlinkFlags(
            flags,
            [
                (1, "dead"), (2, "pervasive"), (4, "onlink"), (8, "offload"), (16, "linkdown"), (32, "unresolved"),
                (64, "trap"), (0x100, "notify"), (0x200, "cloned"), (0x4000, "hardware-offload"),
                (0x8000, "hardware-trap"),
            ])
    }

    // MARK: As `ip route show table all` prints it

    package func appendText(to output: inout [UInt8]) {
        var words: [String] = type == 1 ? [] : [RoutingNames.type(type)]
        words.append(destination)
        if let source { words += ["from", source] }
        if let encapsulation { words += ["encap", encapsulation] }
        if let id = attributes.number(30, as: UInt32.self) { words += ["nhid", "\(id)"] }
        if let gateway { words += ["via", gateway] }
        if let interface { words += ["dev", interfaces[interface].escaped] }
        if table != 254 { words += ["table", RoutingNames.table(table)] }
        words += ["proto", RoutingNames.proto(proto)]
        if scope != 0 { words += ["scope", RoutingNames.scope(scope)] }
        if let source = attributes.address(7) { words += ["src", "\(source)"] }
        if let metric { words += ["metric", "\(metric)"] }
        if let mtu = attributes.nested(8)?.number(2, as: UInt32.self) { words += ["mtu", "\(mtu)"] }
        words += flagNames
        for hop in nextHops {
            words += ["nexthop"] + (hop.gateway.map { ["via", $0] } ?? [])
            words += ["dev", interfaces[hop.interface].escaped, "weight", "\(hop.weight ?? 1)"]
        }
        output.append(contentsOf: words.joined(separator: " ").utf8)
    }
}
