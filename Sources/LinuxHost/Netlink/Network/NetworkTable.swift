/// A table of a network namespace that the kernel hands out by netlink.
package struct NetworkTable: Sendable {
    /// `routes`, `conntrack` …: what files and messages call it.
    package let name: String
    /// Whether its records have lines for people, too.
    package let hasText: Bool
    /// The capability that reading it takes; nil of what everybody may.
    package let capability: String?
    /// Reads it in the network namespace of the calling thread; false ends it.
    package let read: @Sendable ((any FieldRecord) -> Bool) -> Netlink.Answer

    /// All of them, those that are bounded by what somebody configured before those that are as long as there is traffic.
    package static let all: [NetworkTable] = [
        table("links", LinkRecord.self), table("addresses", AddressRecord.self), table("rules", RuleRecord.self),
        table("neighbours", NeighbourRecord.self), table("routes", RouteRecord.self, hasText: true),
        NetworkTable(name: "nftables", hasText: true, capability: "CAP_NET_ADMIN") { body in
            var reader = NftablesReader()
            return reader.read(body)
        },
        table("conntrack", ConntrackRecord.self, family: .netfilter, capability: "CAP_NET_ADMIN"),
    ]

    private static func table<Record: NetlinkRecord>(
        _ name: String, _: Record.Type, family: Netlink.Family = .route, hasText: Bool = false,
        capability: String? = nil
    ) -> NetworkTable {
        NetworkTable(name: name, hasText: hasText, capability: capability) { body in
            // A connection has no interface.
            let interfaces = family == .route ? NetworkReader.interfaceNames() : InterfaceNames()
            return NetworkReader.read(Record.self, interfaces, family: family, body)
        }
    }
}
