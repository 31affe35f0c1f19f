/// The state of a socket, by the kernel's number (include/net/tcp_states.h), named as `ss` prints it.
public struct SocketState: Hashable, Sendable, CustomStringConvertible {
    /// The number in the kernel's tables.
    public let rawValue: UInt8

    /// A state by its number.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    public static let established = SocketState(rawValue: 1)
    public static let synSent = SocketState(rawValue: 2)
    public static let synReceived = SocketState(rawValue: 3)
    public static let finWait1 = SocketState(rawValue: 4)
    public static let finWait2 = SocketState(rawValue: 5)
    public static let timeWait = SocketState(rawValue: 6)
    /// Not connected and not listening.
    public static let unconnected = SocketState(rawValue: 7)
    public static let closeWait = SocketState(rawValue: 8)
    public static let lastAcknowledgement = SocketState(rawValue: 9)
    public static let listen = SocketState(rawValue: 10)
    public static let closing = SocketState(rawValue: 11)
    /// A request that has not become a full socket yet.
    public static let newSynReceived = SocketState(rawValue: 12)

    /// Bound to a port, and neither connected nor listening (Linux 6.8 and later; netlink only).
    public static let boundInactive = SocketState(rawValue: 13)

    /// `ESTAB`, `SYN-SENT`, …; `UNKNOWN-<number>` for one that has no name here.
    public var description: String {
        switch rawValue {
        case 1: "ESTAB"
        case 2: "SYN-SENT"
        case 3, 12: "SYN-RECV"
        case 4: "FIN-WAIT-1"
        case 5: "FIN-WAIT-2"
        case 6: "TIME-WAIT"
        case 7, 13: "UNCONN"
        case 8: "CLOSE-WAIT"
        case 9: "LAST-ACK"
        case 10: "LISTEN"
        case 11: "CLOSING"
        default: "UNKNOWN-\(rawValue)"
        }
    }
}

/// The timer that runs on a TCP socket (`tr` in the kernel's table), named as `ss -o` prints it.
public enum SocketTimer: UInt8, Hashable, Sendable, CustomStringConvertible {
    case retransmit = 1
    case keepalive = 2
    case timeWait = 3
    case zeroWindowProbe = 4

    /// `on`, `keepalive`, `timewait` or `persist`.
    public var description: String {
        switch self {
        case .retransmit: "on"
        case .keepalive: "keepalive"
        case .timeWait: "timewait"
        case .zeroWindowProbe: "persist"
        }
    }
}
