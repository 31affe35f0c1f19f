/// A table of sockets under `/proc/net`; the raw value is the file's name.
public enum SocketTableName: String, Hashable, Sendable, CaseIterable {
    case tcp, tcp6, udp, udp6, udplite, udplite6, raw, raw6, unix, netlink, packet
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
    /// Bytes waiting to be read; of a listening TCP socket, connections waiting to be accepted.
    public let receiveQueue: UInt64?
    /// Bytes sent and not yet acknowledged.
    public let sendQueue: UInt64?
    /// What only this kind of socket has.
    public let detail: SocketDetail
}

/// What only some kinds of sockets have.
public enum SocketDetail: Hashable, Sendable {
    case internet(InternetSocket)
    case unix(UnixSocket)
    case netlink(NetlinkSocket)
    case packet(PacketSocket)
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
    public let references: UInt64
    /// The name it is bound to: a path, or `@` and the abstract name in which each NUL byte is shown as `@`. The kernel
    /// writes it as it is: one with a line feed in it breaks its line in two, and the second part counts as not
    /// understood.
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
