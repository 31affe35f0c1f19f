/// A table of the kernel's sockets; the raw value is its name under `/proc/net`.
public enum SocketTableName: String, Hashable, Sendable, CaseIterable {
    case tcp, tcp6, udp, udp6, udplite, udplite6, raw, raw6, unix, netlink, packet
    /// Sockets between a virtual machine and its host: procfs has no table of them, only netlink tells.
    case vsock
}

/// Which way the kernel was asked for a socket.
public enum SocketSource: String, Hashable, Sendable {
    /// sock_diag(7): everything, in the kernel's own numbers.
    case netlink
    /// The text under `/proc/<pid>/net`: less of it.
    case procfs
}

/// One socket of a kernel table.
public struct SocketRecord: Hashable, Sendable {
    /// The table it stands in.
    public let table: SocketTableName
    /// The inode, by which descriptors name it; 0 for sockets that no process holds (TIME-WAIT, orphans).
    public let inode: UInt64
    /// The state; sockets of tables without one are ``SocketState/unconnected``.
    public let state: SocketState
    /// The user it belongs to, where the table tells.
    public let uid: UInt32?
    /// Bytes waiting to be read; of a listening socket, connections waiting to be accepted.
    public let receiveQueue: UInt64?
    /// Bytes sent and not yet acknowledged.
    public let sendQueue: UInt64?
    /// What only this kind of socket has.
    public let detail: SocketDetail
    /// Which way it was read.
    public internal(set) var via = SocketSource.procfs
    private var boxed: Boxed?

    /// What only netlink tells.
    public internal(set) var diagnosis: SocketDiagnosis? {
        get {
            guard case .some(.value(let value)) = boxed else { return nil }
            return value
        }
        set { boxed = newValue.map { .value($0) } }
    }

    package init(
        table: SocketTableName, inode: UInt64, state: SocketState, uid: UInt32?, receiveQueue: UInt64?,
        sendQueue: UInt64?, detail: SocketDetail
    ) {
        self.table = table
        self.inode = inode
        self.state = state
        self.uid = uid
        self.receiveQueue = receiveQueue
        self.sendQueue = sendQueue
        self.detail = detail
    }

    /// Keeps it apart: it is larger than all the rest, and most listings of text have none.
    private indirect enum Boxed: Hashable {
        case value(SocketDiagnosis)
    }
}

/// What only some kinds of sockets have.
public enum SocketDetail: Hashable, Sendable {
    case internet(InternetSocket)
    case unix(UnixSocket)
    case netlink(NetlinkSocket)
    case packet(PacketSocket)
    case vsock(VirtualMachineSocket)
}

/// A TCP, UDP, UDP-Lite or raw socket (net/ipv4/tcp_ipv4.c `get_tcp4_sock`, net/ipv4/udp.c, net/ipv4/raw.c).
public struct InternetSocket: Hashable, Sendable {
    public let local: SocketEndpoint
    public let remote: SocketEndpoint
    /// The running timer, nil if none.
    public let timer: SocketTimer?
    /// When the timer ends, in hundredths of a second (USER_HZ).
    public let timerCentiseconds: UInt64
    /// Retransmissions of the segment that waits for its acknowledgement.
    public let retransmits: UInt64
    /// Datagrams dropped, where the table tells (UDP, raw).
    public let drops: UInt64?
}

/// A Unix socket (net/unix/af_unix.c `unix_seq_show`).
public struct UnixSocket: Hashable, Sendable {
    /// `SOCK_STREAM` 1, `SOCK_DGRAM` 2, `SOCK_SEQPACKET` 5.
    public let type: UInt16
    /// The kernel's flags; 0x10000 means listening.
    public let flags: UInt32
    /// How many refer to it; netlink does not tell.
    public let references: UInt64?
    /// The name it is bound to: a path, or `@` and the abstract name in which each NUL byte is shown as `@`. In the text of
    /// procfs one with a line feed in it breaks its line in two, and the second part counts as not understood.
    public let path: RawText?
}

/// A netlink socket (net/netlink/af_netlink.c `netlink_native_seq_show`).
public struct NetlinkSocket: Hashable, Sendable {
    /// `NETLINK_ROUTE` 0, `NETLINK_SOCK_DIAG` 4, `NETLINK_AUDIT` 9 …
    public let family: UInt32
    /// The port id, most often the pid of its maker; 0 is the kernel.
    public let portID: Int64
    /// The multicast groups, as a mask.
    public let groups: UInt32
    public let drops: UInt64
}

/// A packet socket: it can see what passes an interface (net/packet/af_packet.c `packet_seq_show`).
public struct PacketSocket: Hashable, Sendable {
    /// `SOCK_RAW` 3, `SOCK_DGRAM` 2.
    public let type: UInt16
    /// The EtherType; 3 is every packet.
    public let etherType: UInt16
    /// The interface's index; 0 is all.
    public let interface: Int64
    public let isRunning: Bool
}

/// A socket between a virtual machine and its host (vsock(7)).
public struct VirtualMachineSocket: Hashable, Sendable {
    /// `SOCK_STREAM` 1, `SOCK_DGRAM` 2, `SOCK_SEQPACKET` 5.
    public let type: UInt16
    /// Context id and port at either end; 2 is the host, 0xFFFFFFFF any.
    public let localContext: UInt32
    public let localPort: UInt32
    public let remoteContext: UInt32
    public let remotePort: UInt32
}
