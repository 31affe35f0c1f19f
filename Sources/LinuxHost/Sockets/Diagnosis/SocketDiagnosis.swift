/// What only sock_diag tells of a socket (<linux/inet_diag.h>, <linux/unix_diag.h>, <linux/sock_diag.h>). Members are nil where the
/// kernel, by its version or for the lack of a right, does not tell.
public struct SocketDiagnosis: Hashable, Sendable {
    /// The kernel's number of the socket, never used twice while the machine runs.
    public internal(set) var cookie: UInt64
    /// The index of the interface it is bound to; nil if to none.
    public internal(set) var interface: UInt32?
    /// The mark of its packets (`SO_MARK`); only with CAP_NET_ADMIN.
    public internal(set) var mark: UInt32?
    /// Ends that are shut down: 1 receiving, 2 sending.
    public internal(set) var shutdown: UInt8?
    /// The most connections that may wait for being accepted; nil if it does not listen.
    public internal(set) var backlogLimit: UInt32?
    /// The control group (v2) of the process that made it: the inode of its folder.
    public internal(set) var controlGroup: UInt64?
    /// The inode of the Unix socket at the other end.
    public internal(set) var peerInode: UInt64?
    /// The congestion control of a TCP socket: `cubic`, `bbr` …
    public internal(set) var congestionControl: String?
    public internal(set) var memory: SocketMemory?
    public internal(set) var transmission: TransmissionInformation?

    package init(cookie: UInt64) {
        self.cookie = cookie
    }
}

/// The memory of a socket, in bytes (`SK_MEMINFO_…`).
public struct SocketMemory: Hashable, Sendable {
    /// Of what waits to be read, and the most it may be (`SO_RCVBUF`).
    public let received: UInt32
    public let receiveLimit: UInt32
    /// Of what waits to be sent, and the most it may be (`SO_SNDBUF`).
    public let sending: UInt32
    public let sendLimit: UInt32
    /// Packets dropped for want of room.
    public let drops: UInt32?
}

/// How a TCP connection fares (`struct tcp_info`, <linux/tcp.h>). Times are in microseconds but where the name says otherwise.
public struct TransmissionInformation: Hashable, Sendable {
    public let retransmissionTimeout: UInt32
    public let roundTrip: UInt32
    public let roundTripVariance: UInt32
    /// The least round trip seen lately; nil of a kernel before 4.6, or if there was none yet.
    public let leastRoundTrip: UInt32?
    /// Segments that may be under way at once.
    public let congestionWindow: UInt32
    /// Bytes of a full segment.
    public let segmentBytes: UInt32
    /// Segments that are held for lost now.
    public let lost: UInt32
    /// Segments that were sent again, since it began.
    public let retransmitted: UInt32
    /// Milliseconds since data was last sent, and received.
    public let sinceSent: UInt32
    public let sinceReceived: UInt32
    /// Bytes that the peer acknowledged and that came from it; nil of a kernel before 4.1.
    public let bytesAcknowledged: UInt64?
    public let bytesReceived: UInt64?
    /// Bytes sent, those that were sent again included; nil of a kernel before 4.19.
    public let bytesSent: UInt64?
}

extension SocketDiagnosis {
    static let fieldNames = [
        "cookie", "mark", "shutdown", "backlog_limit", "cgroup_id", "receive_memory", "receive_limit", "send_memory",
        "send_limit", "congestion_control", "rto_us", "rtt_us", "rtt_variance_us", "min_rtt_us", "congestion_window",
        "segment_bytes", "lost", "retransmitted", "sent_ms_ago", "received_ms_ago", "bytes_acked", "bytes_received",
        "bytes_sent",
    ]

    static func write(_ diagnosis: SocketDiagnosis?, to writer: inout some FieldWriter) {
        let memory = diagnosis?.memory
        let tcp = diagnosis?.transmission
        writer.field("cookie", .optional(diagnosis?.cookie))
        writer.field("mark", diagnosis?.mark == 0 ? nil : .optional(diagnosis?.mark))
        writer.field("shutdown", diagnosis?.shutdown == 0 ? nil : .optional(diagnosis?.shutdown))
        writer.field("backlog_limit", .optional(diagnosis?.backlogLimit))
        writer.field("cgroup_id", .optional(diagnosis?.controlGroup))
        writer.field("receive_memory", .optional(memory?.received))
        writer.field("receive_limit", .optional(memory?.receiveLimit))
        writer.field("send_memory", .optional(memory?.sending))
        writer.field("send_limit", .optional(memory?.sendLimit))
        writer.field("congestion_control", (diagnosis?.congestionControl).map { .text($0) })
        writer.field("rto_us", .optional(tcp?.retransmissionTimeout))
        writer.field("rtt_us", .optional(tcp?.roundTrip))
        writer.field("rtt_variance_us", .optional(tcp?.roundTripVariance))
        writer.field("min_rtt_us", .optional(tcp?.leastRoundTrip))
        writer.field("congestion_window", .optional(tcp?.congestionWindow))
        writer.field("segment_bytes", .optional(tcp?.segmentBytes))
        writer.field("lost", .optional(tcp?.lost))
        writer.field("retransmitted", .optional(tcp?.retransmitted))
        writer.field("sent_ms_ago", .optional(tcp?.sinceSent))
        writer.field("received_ms_ago", .optional(tcp?.sinceReceived))
        writer.field("bytes_acked", .optional(tcp?.bytesAcknowledged))
        writer.field("bytes_received", .optional(tcp?.bytesReceived))
        writer.field("bytes_sent", .optional(tcp?.bytesSent))
    }
}
