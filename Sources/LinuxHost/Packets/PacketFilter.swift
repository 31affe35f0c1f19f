/// Which packets are wanted: those that fit one of the hosts, one of the ports, and one of the protocols, of each list that is not
/// empty.
///
/// What is looked at is the outermost IP packet. With ports, fragments after the first are left out, as they have none. Of IPv6
/// only what stands directly behind the fixed header counts: with extension headers a packet has neither ports nor a protocol here.
public struct PacketFilter: Sendable, Hashable {
    /// A protocol by name.
    public enum Proto: String, Sendable, Hashable, CaseIterable {
        case arp, icmp, icmp6, tcp, udp, sctp, gre, esp

        /// Of IP (IANA "Assigned Internet Protocol Numbers"); nil of what is none of IP.
        package var number: UInt8? {
            switch self {
            case .arp: nil
            case .icmp: 1
            case .tcp: 6
            case .udp: 17
            case .gre: 47
            case .esp: 50
            case .icmp6: 58
            case .sctp: 132
            }
        }
    }

    /// Source or destination; of ARP the sender's and the target's address.
    public var hosts: [AddressRange]
    /// Source or destination, of TCP, UDP and SCTP.
    public var ports: [UInt16]
    public var protocols: [Proto]

    /// Items of a list at most: the program for the kernel is a list of comparisons, run for each packet, and `optmem_max` bounds it.
    public static let maxItems = 32

    /// - Returns: nil when a list has more than ``maxItems``.
    public init?(hosts: [AddressRange] = [], ports: [UInt16] = [], protocols: [Proto] = []) {
        guard max(hosts.count, ports.count, protocols.count) <= Self.maxItems else { return nil }
        self.hosts = hosts
        self.ports = ports
        self.protocols = protocols
    }

    /// Whether it lets every packet through.
    public var isEmpty: Bool { hosts.isEmpty && ports.isEmpty && protocols.isEmpty }
}
