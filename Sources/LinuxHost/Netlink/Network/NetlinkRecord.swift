/// A record that has a line for people beside its row.
package protocol TextRecord: FieldRecord {
    /// Appends the line, without its line feed: what is not printable is escaped.
    func appendText(to output: inout [UInt8])
}

/// A record that one message of the kernel becomes.
package protocol NetlinkRecord: FieldRecord {
    /// The answer's type of message; others are passed over.
    static var messageType: UInt16 { get }
    /// What to ask for: dumps, one after the other.
    static var requests: [Netlink.Request] { get }
    /// What is asked for, for messages.
    static var subject: String { get }

    /// Nil of a message that is too short, or is none of these.
    init?(_ message: RawSpan, _ interfaces: InterfaceNames)
}

/// `AF_…` of messages of rtnetlink(7).
package enum NetlinkAddressFamily {
    package static let ipv4: UInt8 = 2, bridge: UInt8 = 7, ipv6: UInt8 = 10

    package static func name(_ family: UInt8) -> String {
        switch family {
        case ipv4: "ipv4"
        case ipv6: "ipv6"
        case bridge: "bridge"
        case 28: "mpls"
        case 128: "ipv4-multicast"
        case 129: "ipv6-multicast"
        default: "family-\(family)"
        }
    }
}

/// Words for numbers of routing (`<linux/rtnetlink.h>`, iproute2's `rt_tables`, `rt_protos`, `rt_scopes`).
enum RoutingNames {
    static func table(_ number: UInt32) -> String {
        switch number {
        case 253: "default"
        case 254: "main"
        case 255: "local"
        default: String(number)
        }
    }

    static func proto(_ number: UInt8) -> String {
        switch number {
        case 1: "redirect"
        case 2: "kernel"
        case 3: "boot"
        case 4: "static"
        case 9: "ra"
        case 11: "zebra"
        case 12: "bird"
        case 16: "dhcp"
        case 80: "cilium"
        case 186: "bgp"
        case 188: "ospf"
        default: String(number)
        }
    }

    /// `RTN_…`: what becomes of a packet.
    static func type(_ number: UInt8) -> String {
        let names = [
            "unspec", "unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit",
            "throw", "nat", "xresolve",
        ]
        return names.indices.contains(Int(number)) ? names[Int(number)] : String(number)
    }

    static func scope(_ number: UInt8) -> String {
        switch number {
        case 0: "global"
        case 200: "site"
        case 253: "link"
        case 254: "host"
        case 255: "nowhere"
        default: String(number)
        }
    }
}
