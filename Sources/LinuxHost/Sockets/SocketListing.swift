/// The table of sockets for people, in the manner of `ss -anp`, with the network namespace.
public enum SocketListing {
    /// Appends the heading.
    public static func appendHeading(to output: inout [UInt8]) {
        append(
            ["Netid", "State", "Recv-Q", "Send-Q", "Local Address:Port", "Peer Address:Port"], to: &output)
        output.append(contentsOf: "Namespace   Process\n".utf8)
    }

    /// Appends the line of one socket.
    public static func append(_ entry: SocketEntry, to output: inout [UInt8]) {
        let socket = entry.socket
        let (local, remote) = names(socket)
        append(
            [
                netID(socket), socket.state.description, socket.receiveQueue.map(String.init) ?? "-",
                socket.sendQueue.map(String.init) ?? "-", local, remote,
            ], to: &output)
        pad(entry.namespace.map(String.init) ?? "-", 12, &output)
        if !entry.owners.isEmpty { appendOwners(entry, to: &output) }
        while output.last == 0x20 { output.removeLast() }
        output.append(0x0A)
    }

    private static func appendOwners(_ entry: SocketEntry, to output: inout [UInt8]) {
        output.append(contentsOf: "users:(".utf8)
        var isFirst = true
        for (owner, name) in zip(entry.owners, entry.ownerNames) {
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            output.append(contentsOf: "(\"".utf8)
            name.appendEscaped(to: &output)
            output.append(contentsOf: "\",pid=\(owner.pid),fd=\(owner.descriptor))".utf8)
        }
        output.append(UInt8(ascii: ")"))
    }

    private static let widths = [8, 11, 7, 7, 32, 32]

    private static func append(_ columns: [String], to output: inout [UInt8]) {
        for (column, width) in zip(columns, widths) { pad(column, width, &output) }
    }

    /// At least one blank follows, so that a long column never runs into the next.
    private static func pad(_ text: String, _ width: Int, _ output: inout [UInt8]) {
        let start = output.count
        output.append(contentsOf: text.utf8)
        output.append(contentsOf: repeatElement(0x20, count: max(1, width - (output.count - start))))
    }

    private static func netID(_ socket: SocketRecord) -> String {
        switch socket.detail {
        case .unix(let unix):
            switch unix.type {
            case 1: "u_str"
            case 2: "u_dgr"
            case 5: "u_seq"
            default: "u_\(unix.type)"
            }
        case .netlink: "nl"
        case .packet(let packet): packet.type == 3 ? "p_raw" : "p_dgr"
        case .vsock(let machine): machine.type == 2 ? "v_dgr" : "v_str"
        case .internet: socket.table.rawValue
        }
    }

    private static func names(_ socket: SocketRecord) -> (String, String) {
        switch socket.detail {
        case .internet(let internet): (internet.local.description, internet.remote.description)
        case .unix(let unix):
            (
                (unix.path?.escaped ?? "*") + " \(socket.inode)",
                (socket.diagnosis?.peerInode).map { "* \($0)" } ?? "*"
            )
        case .vsock(let machine):
            (vsock(machine.localContext, machine.localPort), vsock(machine.remoteContext, machine.remotePort))
        case .netlink(let netlink): ("\(netlink.family):\(netlink.portID)", "*")
        case .packet(let packet):
            ("\(String(packet.etherType, radix: 16)):\(packet.interface == 0 ? "*" : "if\(packet.interface)")", "*")
        }
    }

    private static func vsock(_ context: UInt32, _ port: UInt32) -> String {
        (context == .max ? "*" : "\(context)") + ":" + (port == .max ? "*" : "\(port)")
    }
}
