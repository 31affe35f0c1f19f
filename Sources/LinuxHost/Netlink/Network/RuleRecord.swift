/// A rule of the routing policy database (`struct fib_rule_hdr`, ip-rule(8)): which table is looked up for what.
package struct RuleRecord: NetlinkRecord {
    package static let messageType: UInt16 = 32
    package static let subject = "netlink routing rules"
    package static let requests: [Netlink.Request] = [NetlinkAddressFamily.ipv4, NetlinkAddressFamily.ipv6].map {
        .dump(34, [$0] + [UInt8](repeating: 0, count: 11))
    }

    private let header: [UInt8]
    private let attributes: NetlinkAttributes

    package init?(_ message: RawSpan, _: InterfaceNames) {
        header = Array(message.netlinkBytes(from: 0).prefix(12))
        guard header.count == 12 else { return nil }
        attributes = NetlinkAttributes(message, from: 12)
    }

    package static let fieldNames = [
        "family", "priority", "action", "table", "goto", "source", "destination", "tos", "mark", "mark_mask",
        "incoming_interface", "outgoing_interface", "uid_first", "uid_last", "ip_protocol", "source_port_first",
        "source_port_last", "destination_port_first", "destination_port_last", "suppress_prefix_length", "l3mdev",
        "inverted", "protocol", "incomplete",
    ]

    package func write(to writer: inout some FieldWriter) {
        writer.field("family", .text(NetlinkAddressFamily.name(header[0])))
        writer.field("priority", .unsigned(UInt64(attributes.number(6, as: UInt32.self) ?? 0)))
        writer.field("action", .text(action))
        writer.field("table", .unsigned(UInt64(attributes.number(15, as: UInt32.self) ?? UInt32(header[4]))))
        writer.field("goto", .optional(attributes.number(4, as: UInt32.self)))
        writer.field("source", prefix(2, header[2]))
        writer.field("destination", prefix(1, header[1]))
        writer.field("tos", header[3] == 0 ? nil : .number(header[3]))
        writer.field("mark", .optional(attributes.number(10, as: UInt32.self)))
        writer.field("mark_mask", .optional(attributes.number(16, as: UInt32.self)))
        writer.field("incoming_interface", attributes.text(3).map { .raw($0) })
        writer.field("outgoing_interface", attributes.text(17).map { .raw($0) })
        range(20, "uid", as: UInt32.self, &writer)
        writer.field("ip_protocol", .optional(attributes.number(22, as: UInt8.self)))
        range(23, "source_port", as: UInt16.self, &writer)
        range(24, "destination_port", as: UInt16.self, &writer)
        writer.field("suppress_prefix_length", suppressed)
        writer.field("l3mdev", attributes.number(19, as: UInt8.self) == 1 ? .flag(true) : nil)
        writer.field("inverted", (header.netlinkNumber(8) ?? UInt32(0)) & 2 != 0 ? .flag(true) : nil)
        writer.field("protocol", attributes.number(21, as: UInt8.self).map { .text(RoutingNames.proto($0)) })
        writer.field("incomplete", attributes.isWhole ? nil : .flag(true))
    }

    /// -1 is "none".
    private var suppressed: FieldValue? {
        guard let length = attributes.number(14, as: Int32.self), length >= 0 else { return nil }
        return .number(length)
    }

    private var action: String {
        let names = ["unspec", "lookup", "goto", "nop", "4", "5", "blackhole", "unreachable", "prohibit"]
        return names.indices.contains(Int(header[7])) ? names[Int(header[7])] : String(header[7])
    }

    private func prefix(_ attribute: UInt16, _ length: UInt8) -> FieldValue? {
        guard length > 0, let address = attributes.address(attribute) else { return nil }
        return .text("\(address)/\(length)")
    }

    /// Two numbers, the first and the last.
    private func range<Number: FixedWidthInteger & BitwiseCopyable>(
        _ attribute: UInt16, _ name: String, as _: Number.Type, _ writer: inout some FieldWriter
    ) {
        let bytes = attributes[attribute] ?? []
        writer.field(name + "_first", .optional(bytes.netlinkNumber(0) as Number?))
        writer.field(name + "_last", .optional(bytes.netlinkNumber(MemoryLayout<Number>.size) as Number?))
    }
}
