extension NftExpression {
    /// Attributes of known expressions (`<linux/netfilter/nf_tables.h>`), in the order in which a record has them.
    static let schemas: [String: [(UInt16, String, Kind)]] = [
        "payload": [
            (1, "register", .register), (5, "source_register", .register),
            (2, "base", .word(["link", "network", "transport", "inner"])), (3, "offset", .be32), (4, "length", .be32),
        ],
        "cmp": [
            (1, "source_register", .register), (2, "operator", .word(["==", "!=", "<", "<=", ">", ">="])),
            (3, "value", .data),
        ],
        "range": [
            (1, "source_register", .register), (2, "operator", .word(["==", "!="])), (3, "from", .data),
            (4, "to", .data),
        ],
        "meta": [(1, "register", .register), (3, "source_register", .register), (2, "key", .word(metaKeys))],
        "ct": [
            (1, "register", .register), (4, "source_register", .register), (2, "key", .word(ctKeys)),
            (3, "direction", .u8),
        ],
        "rt": [(1, "register", .register), (2, "key", .word(["classid", "nexthop4", "nexthop6", "tcpmss", "ipsec"]))],
        "socket": [
            (2, "register", .register), (1, "key", .word(["transparent", "mark", "wildcard", "cgroupv2"])),
            (3, "level", .be32),
        ],
        "immediate": [(1, "register", .register), (2, "value", .data)],
        "bitwise": [
            (1, "source_register", .register), (2, "register", .register), (3, "length", .be32),
            (6, "operation", .word(["mask-xor", "lshift", "rshift", "and", "or", "xor"])), (4, "mask", .data),
            (5, "xor", .data), (7, "value", .data),
        ],
        "byteorder": [
            (1, "source_register", .register), (2, "register", .register), (3, "operation", .word(["ntoh", "hton"])),
            (4, "length", .be32), (5, "size", .be32),
        ],
        "lookup": [
            (1, "set", .text), (2, "source_register", .register), (3, "register", .register),
            (5, "flags", .flags([(1, "inverted")])),
        ],
        "dynset": [
            (1, "set", .text), (3, "operation", .word(["add", "update", "delete"])), (4, "source_register", .register),
            (5, "data_register", .register), (6, "timeout_milliseconds", .be64),
        ],
        "counter": [(2, "packets", .be64), (1, "bytes", .be64)],
        "last": [(1, "is_set", .be32), (2, "milliseconds_ago", .be64)],
        "limit": [
            (1, "rate", .be64), (2, "unit_seconds", .be64), (3, "burst", .be32),
            (4, "type", .word(["packets", "bytes"])),
            (5, "flags", .flags([(1, "over")])),
        ],
        "quota": [
            (1, "bytes", .be64), (4, "used_bytes", .be64), (2, "flags", .flags([(1, "over"), (2, "depleted")])),
        ],
        "connlimit": [(1, "count", .be32), (2, "flags", .flags([(1, "over")]))],
        "log": [
            (2, "prefix", .text), (1, "group", .be16), (3, "snap_length", .be32), (4, "threshold", .be16),
            (5, "level", .word(["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug", "audit"])),
            (6, "flags", .be32),
        ],
        "reject": [(1, "type", .word(["icmp", "tcp-reset", "icmpx"])), (2, "code", .u8)],
        "nat": [
            (1, "type", .word(["snat", "dnat"])), (2, "family", .be32), (3, "address_register", .register),
            (4, "address_register_last", .register), (5, "port_register", .register),
            (6, "port_register_last", .register), (7, "flags", .flags(natFlags)),
        ],
        "masq": [
            (1, "flags", .flags(natFlags)), (2, "port_register", .register), (3, "port_register_last", .register),
        ],
        "redir": [
            (1, "port_register", .register), (2, "port_register_last", .register), (3, "flags", .flags(natFlags)),
        ],
        "tproxy": [(1, "family", .be32), (2, "address_register", .register), (3, "port_register", .register)],
        "dup": [(1, "address_register", .register), (2, "interface_register", .register)],
        "fwd": [(1, "interface_register", .register), (2, "address_register", .register), (3, "family", .be32)],
        "objref": [
            (1, "type", .word(objectTypes)), (2, "object", .text), (3, "source_register", .register), (4, "set", .text),
        ],
        "queue": [
            (1, "queue", .be16), (2, "queues", .be16), (4, "source_register", .register), (3, "flags", .be16),
        ],
        "fib": [
            (1, "register", .register), (2, "result", .word(["unspec", "oif", "oifname", "type"])),
            (3, "flags", .flags(fibFlags)),
        ],
        "numgen": [
            (1, "register", .register), (2, "modulus", .be32), (3, "type", .word(["inc", "random"])),
            (4, "offset", .be32),
        ],
        "hash": [
            (1, "source_register", .register), (2, "register", .register), (3, "length", .be32), (4, "modulus", .be32),
            (5, "seed", .be32), (6, "offset", .be32), (7, "type", .word(["jhash", "symhash"])),
        ],
        "exthdr": [
            (1, "register", .register), (8, "source_register", .register), (2, "type", .u8), (3, "offset", .be32),
            (4, "length", .be32), (5, "flags", .flags([(1, "present")])),
            (6, "operation", .word(["ip6", "tcp-option", "ip-option", "sctp", "dccp"])),
        ],
        "flow_offload": [(1, "flowtable", .text)],
        "notrack": [],
        "match": [(1, "match", .text), (2, "revision", .be32), (3, "info", .hexadecimal)],
        "target": [(1, "target", .text), (2, "revision", .be32), (3, "info", .hexadecimal)],
    ]

    static let objectTypes = [
        "unspec", "counter", "quota", "ct helper", "limit", "connlimit", "tunnel", "ct timeout", "secmark",
        "ct expectation", "synproxy",
    ]

    static let fibFlags: [(bit: UInt32, name: String)] = [
        (1, "saddr"), (2, "daddr"), (4, "mark"), (8, "iif"), (16, "oif"), (32, "present"),
    ]

    /// `NF_NAT_RANGE_…` that nft(8) has words for; others stay numbers.
    private static let natFlags: [(bit: UInt32, name: String)] = [
        (4, "random"), (8, "persistent"), (16, "fully-random"), (1, "with-address"), (2, "with-port"), (64, "netmap"),
    ]

    /// `NFT_META_…`, as nft(8) writes them.
    private static let metaKeys = [
        "length", "protocol", "priority", "mark", "iif", "oif", "iifname", "oifname", "iiftype", "oiftype", "skuid",
        "skgid", "nftrace", "rtclassid", "secmark", "nfproto", "l4proto", "ibrname", "obrname", "pkttype", "cpu",
        "iifgroup", "oifgroup", "cgroup", "random", "secpath", "iifkind", "oifkind", "ibrpvid", "ibrvproto", "time",
        "day", "hour", "sdif", "sdifname", "broute",
    ]

    /// `NFT_CT_…`, as nft(8) writes them.
    private static let ctKeys = [
        "state", "direction", "status", "mark", "secmark", "expiration", "helper", "l3proto", "saddr", "daddr",
        "protocol", "proto-src", "proto-dst", "label", "packets", "bytes", "avgpkt", "zone", "event", "ip saddr",
        "ip daddr", "ip6 saddr", "ip6 daddr", "id",
    ]
}
