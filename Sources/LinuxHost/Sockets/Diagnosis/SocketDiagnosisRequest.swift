internal import Glibc

extension SocketTableName {
    /// The request for all of the table (`SOCK_DIAG_BY_FAMILY`), in every state and with all that sock_diag tells.
    package var diagnosisRequest: Netlink.Request {
        var payload: [UInt8] = [family, protocolNumber]
        switch self {
        case .tcp, .tcp6, .udp, .udp6, .udplite, .udplite6, .raw, .raw6:
            // struct inet_diag_req_v2: extensions, padding, states, the id of one socket.
            payload += [Self.extensions, 0]
            payload.append(netlink: UInt32.max)
            payload += [UInt8](repeating: 0, count: 48)
        case .unix:
            // struct unix_diag_req: padding, states, inode, what to show (name 1, peer 4, queues 16, memory 32, uid 64), cookie.
            payload += [0, 0]
            for word: UInt32 in [.max, 0, 1 | 4 | 16 | 32 | 64, .max, .max] { payload.append(netlink: word) }
        case .netlink:
            // struct netlink_diag_req: padding, inode, what to show (memory 1, groups 2), cookie.
            payload += [0, 0]
            for word: UInt32 in [0, 1 | 2, .max, .max] { payload.append(netlink: word) }
        case .packet:
            // struct packet_diag_req: padding, inode, what to show (information 1, memory 16), cookie.
            payload += [0, 0]
            for word: UInt32 in [0, 1 | 16, .max, .max] { payload.append(netlink: word) }
        case .vsock:
            // struct vsock_diag_req: padding, states, inode, what to show, cookie.
            payload += [0, 0]
            for word: UInt32 in [.max, 0, 0, 0, 0] { payload.append(netlink: word) }
        }
        // SOCK_DIAG_BY_FAMILY
        return .dump(20, payload)
    }

    /// Information (2), congestion control (4), socket memory (7), shutdown (8) of enum `INET_DIAG_…`, each as a bit from 0.
    private static let extensions: UInt8 = 1 << 1 | 1 << 3 | 1 << 6 | 1 << 7

    /// `AF_…` (<bits/socket.h>).
    package var family: UInt8 {
        switch self {
        case .tcp, .udp, .udplite, .raw: 2
        case .tcp6, .udp6, .udplite6, .raw6: 10
        case .unix: 1
        case .netlink: 16
        case .packet: 17
        case .vsock: 40
        }
    }

    /// `IPPROTO_…`; of netlink sockets, those of every family (`NDIAG_PROTO_ALL`).
    private var protocolNumber: UInt8 {
        switch self {
        case .tcp, .tcp6: 6
        case .udp, .udp6: 17
        case .udplite, .udplite6: 136
        case .raw, .raw6: 255
        case .netlink: 255
        case .unix, .packet, .vsock: 0
        }
    }
}
