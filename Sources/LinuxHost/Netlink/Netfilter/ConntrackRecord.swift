/// A connection that the kernel tracks (ctnetlink, `<linux/netfilter/nfnetlink_conntrack.h>`): who talks to whom through this host,
/// before and after address translation.
package struct ConntrackRecord: NetlinkRecord {
    /// Subsystem `NFNL_SUBSYS_CTNETLINK`, `IPCTNL_MSG_CT_NEW`.
    package static let messageType: UInt16 = 1 << 8
    package static let subject = "netlink conntrack"
    /// `IPCTNL_MSG_CT_GET` of every family.
    package static let requests: [Netlink.Request] = [.dump(1 << 8 | 1, [0, 0, 0, 0])]

    /// One direction of a connection: `CTA_TUPLE_…`.
    private struct Tuple {
        var source: IPAddress?
        var destination: IPAddress?
        var number: UInt8?
        var sourcePort: UInt16?
        var destinationPort: UInt16?
        var icmp: (id: UInt16?, type: UInt8?, code: UInt8?)

        init(_ attributes: NetlinkAttributes?) {
            let addresses = attributes?.nested(1)
            source = addresses?.address(1) ?? addresses?.address(3)
            destination = addresses?.address(2) ?? addresses?.address(4)
            let proto = attributes?.nested(2)
            number = proto?.number(1, as: UInt8.self)
            sourcePort = proto?.bigEndian(2, as: UInt16.self)
            destinationPort = proto?.bigEndian(3, as: UInt16.self)
            icmp = (
                proto?.bigEndian(4, as: UInt16.self) ?? proto?.bigEndian(7, as: UInt16.self),
                proto?.number(5, as: UInt8.self) ?? proto?.number(8, as: UInt8.self),
                proto?.number(6, as: UInt8.self) ?? proto?.number(9, as: UInt8.self)
            )
        }
    }

    private let family: UInt8
    private let attributes: NetlinkAttributes

    package init?(_ message: RawSpan, _: InterfaceNames) {
        guard message.byteCount >= 4, let family = message.netlink(0, as: UInt8.self) else { return nil }
        self.family = family
        attributes = NetlinkAttributes(message, from: 4)
    }

    package static let fieldNames =
        ["family", "protocol", "protocol_number", "state", "status", "timeout_seconds"]
        + ["original", "reply"].flatMap { side in
            ["source", "source_port", "destination", "destination_port", "packets", "bytes"].map { "\(side)_\($0)" }
        } + ["icmp_id", "icmp_type", "icmp_code", "mark", "zone", "helper", "label", "id", "started", "incomplete"]

    package func write(to writer: inout some FieldWriter) {
        let original = Tuple(attributes.nested(1))
        writer.field("family", .text(NetlinkAddressFamily.name(family)))
        writer.field("protocol", original.number.map { .text(Self.name(ofProtocol: $0)) })
        writer.field("protocol_number", .optional(original.number))
        writer.field("state", state.map { .text($0) })
        let status = attributes.bigEndian(3, as: UInt32.self)
        writer.field("status", status.map { .textList(Self.statusNames($0)) })
        writer.field("timeout_seconds", .optional(attributes.bigEndian(7, as: UInt32.self)))
        write("original", original, attributes.nested(9), to: &writer)
        write("reply", Tuple(attributes.nested(2)), attributes.nested(10), to: &writer)
        writer.field("icmp_id", .optional(original.icmp.id))
        writer.field("icmp_type", .optional(original.icmp.type))
        writer.field("icmp_code", .optional(original.icmp.code))
        writer.field("mark", .optional(attributes.bigEndian(8, as: UInt32.self)))
        writer.field("zone", .optional(attributes.bigEndian(18, as: UInt16.self)))
        writer.field("helper", attributes.nested(5)?.text(1).map { .raw($0) })
        writer.field("label", attributes[22].map { .text($0.hexadecimal) })
        writer.field("id", .optional(attributes.bigEndian(12, as: UInt32.self)))
        writer.field("started", started.map { .time($0) })
        writer.field("incomplete", attributes.isWhole ? nil : .flag(true))
    }

    private func write(
        _ side: String, _ tuple: Tuple, _ counters: NetlinkAttributes?, to writer: inout some FieldWriter
    ) {
        writer.field(side + "_source", tuple.source.map { .text("\($0)") })
        writer.field(side + "_source_port", .optional(tuple.sourcePort))
        writer.field(side + "_destination", tuple.destination.map { .text("\($0)") })
        writer.field(side + "_destination_port", .optional(tuple.destinationPort))
        // Only where the system counts (net.netfilter.nf_conntrack_acct).
        writer.field(side + "_packets", .optional(counters?.bigEndian(1, as: UInt64.self)))
        writer.field(side + "_bytes", .optional(counters?.bigEndian(2, as: UInt64.self)))
    }

    /// `CTA_PROTOINFO`: of TCP, DCCP or SCTP; the number is the first attribute of each.
    private var state: String? {
        guard let info = attributes.nested(4)?.all.first else { return nil }
        guard let number = NetlinkAttributes(info.value).number(1, as: UInt8.self) else { return nil }
        let names =
            switch info.type {
            case 1:
                [
                    "none", "syn_sent", "syn_recv", "established", "fin_wait", "close_wait", "last_ack", "time_wait",
                    "close", "syn_sent2",
                ]
            case 3:
                [
                    "none", "closed", "cookie_wait", "cookie_echoed", "established", "shutdown_sent", "shutdown_recd",
                    "shutdown_ack_sent", "heartbeat_sent", "heartbeat_acked",
                ]
            default: [String]()
            }
        return names.indices.contains(Int(number)) ? names[Int(number)] : String(number)
    }

    /// `CTA_TIMESTAMP`: nanoseconds since the epoch, where the system keeps it (net.netfilter.nf_conntrack_timestamp).
    private var started: Timestamp? {
        guard let nanoseconds = attributes.nested(20)?.bigEndian(1, as: UInt64.self) else { return nil }
        return Timestamp(
            seconds: Int64(nanoseconds / 1_000_000_000), nanoseconds: UInt32(nanoseconds % 1_000_000_000))
    }

    /// `IPS_…` of `<linux/netfilter/nf_conntrack_common.h>`.
    private static func statusNames(_ status: UInt32) -> [String] {
        netlinkFlags(
            status,
            [
                (1, "expected"), (2, "seen-reply"), (4, "assured"), (8, "confirmed"), (0x10, "source-nat"),
                (0x20, "destination-nat"), (0x40, "sequence-adjust"), (0x80, "source-nat-done"),
                (0x100, "destination-nat-done"), (0x200, "dying"), (0x400, "fixed-timeout"), (0x800, "template"),
                (0x1000, "nat-clash"), (0x2000, "helper"), (0x4000, "offload"), (0x8000, "hardware-offload"),
            ])
    }

    static func name(ofProtocol number: UInt8) -> String {
        switch number {
        case 1: "icmp"
        case 2: "igmp"
        case 6: "tcp"
        case 17: "udp"
        case 33: "dccp"
        case 47: "gre"
        case 50: "esp"
        case 51: "ah"
        case 58: "icmpv6"
        case 89: "ospf"
        case 132: "sctp"
        case 136: "udplite"
        default: String(number)
        }
    }
}
