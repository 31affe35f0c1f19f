extension SocketEntry: FieldRecord {
    public static let fieldNames =
        [
            "table", "state", "local_address", "local_port", "remote_address", "remote_port", "path", "inode",
            "net_namespace", "uid", "receive_queue", "send_queue", "timer", "timer_centiseconds", "retransmits",
            "drops",
            "socket_type", "netlink_family", "netlink_port_id", "netlink_groups", "ether_type", "interface",
            "peer_inode",
            "vsock_local", "vsock_remote", "owners", "via",
        ] + SocketDiagnosis.fieldNames

    package func write(to writer: inout some FieldWriter) {
        var internet: InternetSocket?
        var unix: UnixSocket?
        var netlink: NetlinkSocket?
        var packet: PacketSocket?
        var machine: VirtualMachineSocket?
        switch socket.detail {
        case .internet(let detail): internet = detail
        case .unix(let detail): unix = detail
        case .netlink(let detail): netlink = detail
        case .packet(let detail): packet = detail
        case .vsock(let detail): machine = detail
        }
        let diagnosis = socket.diagnosis
        // Of TCP sockets it counts segments that found no room, which is no loss: they are sent again.
        let packetDrops = packet == nil ? nil : (diagnosis?.memory?.drops).map(UInt64.init)
        writer.field("table", .text(socket.table.rawValue))
        writer.field("state", .text(socket.state.description))
        writer.field("local_address", internet.map { .text($0.local.address.description) })
        writer.field("local_port", .optional(internet?.local.port))
        writer.field("remote_address", internet.map { .text($0.remote.address.description) })
        writer.field("remote_port", .optional(internet?.remote.port))
        writer.field("path", unix?.path.map { .raw($0) })
        writer.field("inode", .unsigned(socket.inode))
        writer.field("net_namespace", .optional(namespace))
        writer.field("uid", .optional(socket.uid))
        writer.field("receive_queue", .optional(socket.receiveQueue))
        writer.field("send_queue", .optional(socket.sendQueue))
        writer.field("timer", internet?.timer.map { .text($0.description) })
        writer.field("timer_centiseconds", internet?.timer == nil ? nil : .optional(internet?.timerCentiseconds))
        writer.field("retransmits", internet?.timer == nil ? nil : .optional(internet?.retransmits))
        writer.field("drops", .optional(internet?.drops ?? netlink?.drops ?? packetDrops))
        writer.field("socket_type", (unix?.type ?? packet?.type ?? machine?.type).map { .text(Self.typeName($0)) })
        writer.field("netlink_family", .optional(netlink?.family))
        writer.field("netlink_port_id", .optional(netlink?.portID))
        writer.field("netlink_groups", .optional(netlink?.groups))
        writer.field("ether_type", packet.map { .text("0x" + String($0.etherType, radix: 16)) })
        writer.field("interface", .optional(packet?.interface ?? diagnosis?.interface.map(Int64.init)))
        writer.field("peer_inode", .optional(diagnosis?.peerInode))
        writer.field("vsock_local", machine.map { .text("\($0.localContext):\($0.localPort)") })
        writer.field("vsock_remote", machine.map { .text("\($0.remoteContext):\($0.remotePort)") })
        writer.field("owners", owners.isEmpty ? nil : .records(ownerRecords))
        writer.field("via", .text(socket.via.rawValue))
        SocketDiagnosis.write(diagnosis, to: &writer)
    }

    private var ownerRecords: [[(String, FieldValue)]] {
        zip(owners, ownerNames).map { owner, name in
            [("pid", .number(owner.pid)), ("fd", .number(owner.descriptor)), ("name", .raw(name))]
        }
    }

    /// `SOCK_…` by its number.
    package static func typeName(_ type: UInt16) -> String {
        switch type {
        case 1: "stream"
        case 2: "dgram"
        case 3: "raw"
        case 5: "seqpacket"
        default: "type-\(type)"
        }
    }
}
