/// An address of an interface (`struct ifaddrmsg`, rtnetlink(7)).
package struct AddressRecord: NetlinkRecord {
    package static let messageType: UInt16 = 20
    package static let subject = "netlink addresses"
    package static let requests: [Netlink.Request] = [.dump(22, [UInt8](repeating: 0, count: 8))]

    private let header: [UInt8]
    private let attributes: NetlinkAttributes
    private let interfaces: InterfaceNames

    package init?(_ message: RawSpan, _ interfaces: InterfaceNames) {
        header = Array(message.netlinkBytes(from: 0).prefix(8))
        guard header.count == 8 else { return nil }
        attributes = NetlinkAttributes(message, from: 8)
        self.interfaces = interfaces
    }

    package static let fieldNames = [
        "family", "interface", "interface_index", "address", "prefix_length", "peer", "broadcast", "scope", "label",
        "flags", "valid_seconds", "preferred_seconds", "incomplete",
    ]

    package func write(to writer: inout some FieldWriter) {
        let index: UInt32 = header.netlinkNumber(4) ?? 0
        // Of a point-to-point interface IFA_ADDRESS is the other side, and IFA_LOCAL this one.
        let local = attributes.address(2)
        let address = attributes.address(1)
        writer.field("family", .text(NetlinkAddressFamily.name(header[0])))
        writer.field("interface", .raw(interfaces[index]))
        writer.field("interface_index", .unsigned(UInt64(index)))
        writer.field("address", (local ?? address).map { .text("\($0)") })
        writer.field("prefix_length", .number(header[1]))
        writer.field("peer", local == nil || local == address ? nil : address.map { .text("\($0)") })
        writer.field("broadcast", attributes.address(4).map { .text("\($0)") })
        writer.field("scope", .text(RoutingNames.scope(header[3])))
        writer.field("label", attributes.text(3).map { .raw($0) })
        let flags = attributes.number(8, as: UInt32.self) ?? UInt32(header[2])
        writer.field("flags", flags == 0 ? nil : .textList(Self.flagNames(flags)))
        // struct ifa_cacheinfo; all bits set is "for ever".
        for (name, offset) in [("valid_seconds", 4), ("preferred_seconds", 0)] {
            let seconds: UInt32? = (attributes[6] ?? []).netlinkNumber(offset)
            writer.field(name, seconds == .max ? nil : .optional(seconds))
        }
        writer.field("incomplete", attributes.isWhole ? nil : .flag(true))
    }

    private static func flagNames(_ flags: UInt32) -> [String] {
        netlinkFlags(
            flags,
            [
                (1, "secondary"), (2, "nodad"), (4, "optimistic"), (8, "dadfailed"), (16, "home"), (32, "deprecated"),
                (64, "tentative"), (128, "permanent"), (256, "managed-temporary"), (512, "no-prefix-route"),
                (1024, "mc-autojoin"), (2048, "stable-privacy"),
            ])
    }
}
