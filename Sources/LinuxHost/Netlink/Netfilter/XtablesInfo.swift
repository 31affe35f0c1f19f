/// What matches and targets of x_tables say, which iptables-nft puts into rules: `struct xt_…` of `<linux/netfilter/xt_*.h>`, by name
/// and revision. Of those that are not here the bytes are kept.
enum XtablesInfo {
    /// Nil of what is not known.
    static func text(_ expression: NftExpression) -> String? {
        guard let name = expression.attributes.text(1)?.string, let info = expression.attributes[3] else { return nil }
        let revision = expression.number(2) ?? 0
        return expression.name == "match" ? match(name, revision, info) : target(name, revision, info)
    }

    private static func match(_ name: String, _ revision: UInt32, _ info: [UInt8]) -> String? {
        switch (name, revision) {
        case ("comment", 0): return "comment " + quoted(info.prefix(256))
        case ("tcp", 0), ("udp", 0):
            guard info.count >= (name == "tcp" ? 12 : 9) else { return nil }
            let inverted = info[name == "tcp" ? 11 : 8]
            var words: [String] = []
            for (place, side, bit) in [(0, "sport", 1 as UInt8), (4, "dport", 2)] {
                guard let ports = range(info, place) else { continue }
                words.append("\(name) \(side) \(inverted & bit != 0 ? "!= " : "")\(ports)")
            }
            if name == "tcp", info[9] != 0 {
                words.append(
                    "tcp flags & 0x\([info[9]].hexadecimal) \(inverted & 4 != 0 ? "!=" : "==") 0x\([info[10]].hexadecimal)"
                )
            }
            return words.isEmpty ? name : words.joined(separator: " ")
        case ("mark", 1): return masked("mark", info, isInverted: info.count > 8 && info[8] != 0)
        case ("conntrack", 1...3): return connection(info)
        case ("state", 0):
            guard let mask: UInt32 = info.netlinkNumber(0) else { return nil }
            return "ct state " + states(mask)
        case ("addrtype", 1): return addressTypes(info)
        case ("multiport", 1): return ports(info)
        case ("statistic", 0): return statistic(info)
        default: return nil
        }
    }

    private static func target(_ name: String, _ revision: UInt32, _ info: [UInt8]) -> String? {
        switch (name, revision) {
        case ("MARK", 2): return masked("mark set", info, isInverted: false)
        case ("CONNMARK", _), ("LOG", _), ("REJECT", _), ("MASQUERADE", _): return nil
        case ("DNAT", 2), ("SNAT", 2): return translation(name.lowercased(), info)
        case ("DNAT", 0), ("SNAT", 0), ("REDIRECT", 0): return compatible(name.lowercased(), info)
        default: return nil
        }
    }

    /// `struct xt_mark_mtinfo1`, `struct xt_mark_tginfo2`.
    private static func masked(_ what: String, _ info: [UInt8], isInverted: Bool) -> String? {
        guard let mark: UInt32 = info.netlinkNumber(0), let mask: UInt32 = info.netlinkNumber(4) else { return nil }
        let sign = isInverted ? "!= " : ""
        return "\(what) \(sign)0x\(String(mark, radix: 16))/0x\(String(mask, radix: 16))"
    }

    /// `struct xt_conntrack_mtinfo3`, of which the state alone is shown; nil when it asks for anything else.
    private static func connection(_ info: [UInt8]) -> String? {
        guard let flags: UInt16 = info.netlinkNumber(146), let inverted: UInt16 = info.netlinkNumber(148),
            let mask: UInt16 = info.netlinkNumber(150), flags & ~0x2001 == 0, flags & 1 != 0
        else { return nil }
        return "ct state " + (inverted & 1 != 0 ? "!= " : "") + states(UInt32(mask))
    }

    private static func states(_ mask: UInt32) -> String {
        netlinkFlags(
            mask,
            [
                (1, "invalid"), (2, "established"), (4, "related"), (8, "new"), (64, "snat"), (128, "dnat"),
                (256, "untracked"),
            ]
        ).joined(separator: ",")
    }

    /// `struct xt_addrtype_info_v1`: bits of RTN_… types.
    private static func addressTypes(_ info: [UInt8]) -> String? {
        guard let source: UInt16 = info.netlinkNumber(0), let destination: UInt16 = info.netlinkNumber(2),
            let flags: UInt32 = info.netlinkNumber(4)
        else { return nil }
        var words: [String] = []
        for (mask, side, bit) in [(source, "saddr", 1 as UInt32), (destination, "daddr", 2)] where mask != 0 {
            let names = netlinkFlags(
                UInt32(mask),
                [
                    (1, "unspec"), (2, "unicast"), (4, "local"), (8, "broadcast"), (16, "anycast"),
                    (32, "multicast"), (64, "blackhole"), (128, "unreachable"), (256, "prohibit"),
                ])
            words.append(
                "fib \(side) type \(flags & bit != 0 ? "!= " : "")\(names.joined(separator: ","))")
        }
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    /// `struct xt_multiport_v1`: side, count, fifteen ports, fifteen marks of a range's first, inversion.
    private static func ports(_ info: [UInt8]) -> String? {
        guard info.count >= 48, info[0] <= 2, info[1] <= 15 else { return nil }
        let side = ["sport", "dport", "port"][Int(info[0])]
        var list: [String] = []
        var beginning: UInt16?
        for index in 0..<Int(info[1]) {
            guard let port: UInt16 = info.netlinkNumber(2 + index * 2) else { return nil }
            if info[32 + index] != 0 {
                beginning = port
            } else {
                list.append(beginning.map { "\($0)-\(port)" } ?? "\(port)")
                beginning = nil
            }
        }
        return "th \(side) \(info[47] != 0 ? "!= " : ""){ \(list.joined(separator: ", ")) }"
    }

    /// `struct xt_statistic_info`: by chance, of 2^31, or each so many.
    private static func statistic(_ info: [UInt8]) -> String? {
        guard let mode: UInt16 = info.netlinkNumber(0), let flags: UInt16 = info.netlinkNumber(2),
            let first: UInt32 = info.netlinkNumber(4), let second: UInt32 = info.netlinkNumber(8)
        else { return nil }
        let sign = flags & 1 != 0 ? "!= " : ""
        if mode == 0 {
            let share = (UInt64(first) * 1_000_000) >> 31
            let digits = String(share)
            return "probability \(sign)0." + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        }
        return mode == 1 ? "every \(sign)\(UInt64(first) + 1) packet \(second)" : nil
    }

    /// `struct nf_nat_range2`.
    private static func translation(_ what: String, _ info: [UInt8]) -> String? {
        guard info.count >= 40, let flags: UInt32 = info.netlinkNumber(0) else { return nil }
        // Whether it is IPv4 the range does not say: then the twelve bytes behind it are zero.
        func address(_ place: Int) -> String {
            let bytes = Array(info[place..<place + 16])
            let isShort = bytes.dropFirst(4).allSatisfy { $0 == 0 }
            return IPAddress(networkOrder: isShort ? Array(bytes.prefix(4)) : bytes).map { "\($0)" } ?? ""
        }
        let ports: [UInt16] = [36, 38].map { UInt16(info[$0]) << 8 | UInt16(info[$0 + 1]) }
        return shown(what, flags, [address(4), address(20)], ports)
    }

    /// `struct nf_nat_ipv4_multi_range_compat`.
    private static func compatible(_ what: String, _ info: [UInt8]) -> String? {
        guard info.count >= 20, let flags: UInt32 = info.netlinkNumber(4) else { return nil }
        let addresses = [8, 12].map { IPAddress(networkOrder: Array(info[$0..<$0 + 4])).map { "\($0)" } ?? "" }
        let ports: [UInt16] = [16, 18].map { UInt16(info[$0]) << 8 | UInt16(info[$0 + 1]) }
        return shown(what, flags, addresses, ports)
    }

    private static func shown(_ what: String, _ flags: UInt32, _ addresses: [String], _ ports: [UInt16]) -> String {
        var words = what
        if flags & 1 != 0 { words += " to \(joined(addresses[0], addresses[1]))" }
        if flags & 2 != 0 { words += (flags & 1 != 0 ? ":" : " to :") + joined("\(ports[0])", "\(ports[1])") }
        return words
    }

    private static func joined(_ first: String, _ last: String) -> String {
        first == last ? first : "\(first)-\(last)"
    }

    /// Two ports; nil when they are all there are.
    private static func range(_ info: [UInt8], _ place: Int) -> String? {
        guard let first: UInt16 = info.netlinkNumber(place), let last: UInt16 = info.netlinkNumber(place + 2),
            first != 0 || last != .max
        else { return nil }
        return joined("\(first)", "\(last)")
    }

    private static func quoted(_ bytes: ArraySlice<UInt8>) -> String { NftValue.text.text(Array(bytes) + [0]) }
}
