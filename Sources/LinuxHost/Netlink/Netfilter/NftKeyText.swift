/// What an expression loads into a register, in the words of nft(8).
enum NftKeyText {
    /// - Returns: the words, what the bytes mean, and how many there are.
    static func describe(_ expression: NftExpression, _ family: UInt8) -> (String, NftValue, Int) {
        switch expression.name {
        case "payload": payload(expression, family)
        case "meta": meta(expression.word(2) ?? "?")
        case "ct": connection(expression)
        case "fib":
            (
                "fib "
                    + netlinkFlags((expression.number(3) ?? 0) & 31, NftExpression.fibFlags).joined(separator: " . ")
                    + " \(expression.word(2) ?? "")",
                expression.word(2) == "oifname"
                    ? .interfaceName : expression.word(2) == "type" ? .addressType : .hostNumber, 4
            )
        case "numgen":
            ("numgen \(expression.word(3) ?? "inc") mod \(expression.number(2) ?? 0)", .hostNumber, 4)
        case "hash": ("\(expression.word(7) ?? "jhash") mod \(expression.number(4) ?? 0)", .hostNumber, 4)
        case "exthdr":
            (
                "\(expression.word(6) ?? "exthdr") \(expression.attributes.number(2, as: UInt8.self) ?? 0)"
                    + " @\(expression.number(3) ?? 0),\(expression.number(4) ?? 0)",
                .number, Int(clamping: expression.number(4) ?? 4)
            )
        default: ("\(expression.name) \(expression.word(expression.name == "socket" ? 1 : 2) ?? "?")", .hostNumber, 4)
        }
    }

    /// The destination register, which is not the same attribute of all.
    static func register(_ expression: NftExpression) -> UInt32? {
        expression.number(["socket", "hash"].contains(expression.name) ? 2 : 1)
    }

    private static func payload(_ expression: NftExpression, _ family: UInt8) -> (String, NftValue, Int) {
        let base = expression.number(2) ?? 0
        let offset = expression.number(3) ?? 0
        let length = Int(clamping: expression.number(4) ?? 0)
        let known: (String, NftValue)? =
            switch (base, offset, length) {
            case (0, 0, 6): ("ether daddr", .hardwareAddress)
            case (0, 6, 6): ("ether saddr", .hardwareAddress)
            case (0, 12, 2): ("ether type", .etherType)
            case (1, 12, 1...4) where family != 10: ("ip saddr", .ipv4)
            case (1, 16, 1...4) where family != 10: ("ip daddr", .ipv4)
            case (1, 9, 1) where family != 10: ("ip protocol", .proto)
            case (1, 8, 1) where family != 10: ("ip ttl", .number)
            case (1, 6, 2) where family != 10: ("ip frag-off", .bytes)
            case (1, 8, 1...16) where length == 16 || family == 10: ("ip6 saddr", .ipv6)
            case (1, 24, 1...16) where length == 16 || family == 10: ("ip6 daddr", .ipv6)
            case (1, 6, 1): ("ip6 nexthdr", .proto)
            case (2, 0, 2): ("th sport", .port)
            case (2, 2, 2): ("th dport", .port)
            case (2, 0, 1): ("icmp type", .number)
            case (2, 1, 1): ("icmp code", .number)
            case (2, 13, 1): ("tcp flags", .bytes)
            default: nil
            }
        if let known { return (known.0, known.1, length) }
        let header = ["ll", "nh", "th", "ih"]
        let name = header.indices.contains(Int(base)) ? header[Int(base)] : "\(base)"
        return ("@\(name),\(UInt64(offset) * 8),\(length * 8)", .bytes, length)
    }

    private static func meta(_ key: String) -> (String, NftValue, Int) {
        switch key {
        case "iifname", "oifname", "ibrname", "obrname", "sdifname", "iifkind", "oifkind": (key, .interfaceName, 16)
        case "mark", "secmark": ("meta \(key)", .mark, 4)
        case "l4proto": ("meta l4proto", .proto, 1)
        case "nfproto": ("meta nfproto", .nfproto, 1)
        case "protocol": ("meta protocol", .etherType, 2)
        case "pkttype": ("meta pkttype", .packetType, 1)
        default: ("meta \(key)", .hostNumber, 4)
        }
    }

    private static func connection(_ expression: NftExpression) -> (String, NftValue, Int) {
        let key = expression.word(2) ?? "?"
        let direction = expression.attributes.number(3, as: UInt8.self).map { $0 == 0 ? "original " : "reply " } ?? ""
        let text = "ct \(direction)\(key)"
        return switch key {
        case "state": (text, .state, 4)
        case "status": (text, .status, 4)
        case "mark": (text, .mark, 4)
        case "ip saddr", "ip daddr": (text, .address, 4)
        case "ip6 saddr", "ip6 daddr", "saddr", "daddr": (text, .address, 16)
        case "proto-src", "proto-dst": (text, .port, 2)
        case "protocol": (text, .proto, 1)
        case "helper": (text, .text, 16)
        default: (text, .hostNumber, 4)
        }
    }
}
