/// Reads the whole ruleset of nftables of a network namespace, without nft(8). iptables-nft keeps its rules there, too.
///
/// It takes CAP_NET_ADMIN in the user namespace of the network namespace.
package struct NftablesReader {
    /// Sets whose elements are read; beyond that the answer is truncated.
    package static let maxSets = 100_000

    private struct SetTypes {
        var family: UInt8
        var table: RawText
        var name: RawText
        var key: [NftValue]
        var value: [NftValue]
        var keyBytes: Int
    }

    private struct SetName: Hashable {
        var family: UInt8
        var table: RawText
        var name: RawText
    }

    private var sets: [SetTypes] = []
    private var keyBytes: [SetName: Int] = [:]
    private var answer = Netlink.Answer()
    private var limits = Netlink.Limits()

    package init() {
        // A dump that changed is asked for again by whoever has somewhere to put it: the ruleset as a whole must fit together.
        limits.attempts = 1
    }

    /// Hands out every thing of the ruleset in an order in which each comes before what refers to it; false ends it.
    ///
    /// The answer is inconsistent when the ruleset was changed meanwhile.
    package mutating func read(_ body: (NftablesRecord) -> Bool) -> Netlink.Answer {
        let before = generation()
        for part in [NftablesPart.table, .flowtable, .set, .object, .chain, .rule] where isGoingOn {
            ask(part.request, part) { family, attributes, reader in
                body(reader.record(part, family, attributes))
            }
            if part == .set { elements(body) }
        }
        if isGoingOn, generation() != before { answer.isInconsistent = true }
        return answer
    }

    private var isGoingOn: Bool { answer.failure == nil && !answer.isTruncated }

    private mutating func generation() -> UInt32? {
        var number: UInt32?
        let result = Netlink.ask(.netfilter, NftablesPart.generation, what: "netlink nftables", limits: limits) {
            type, message in
            if type == NftablesPart.generationType {
                number = NetlinkAttributes(message, from: 4).bigEndian(1, as: UInt32.self)
            }
            return true
        }
        if answer.failure == nil { answer.failure = result.failure }
        return number
    }

    private mutating func elements(_ body: (NftablesRecord) -> Bool) {
        for set in sets where isGoingOn {
            let request = NftablesPart.elements(family: set.family, table: set.table, set: set.name)
            ask(request, .element) { family, attributes, _ in
                for element in attributes.nested(3)?.all ?? [] where element.type == 1 {
                    let record = NftablesRecord.element(
                        family, table: attributes.text(1), set: attributes.text(2), NetlinkAttributes(element.value),
                        key: set.key, value: set.value)
                    guard body(record) else { return false }
                }
                return true
            }
        }
    }

    private mutating func ask(
        _ request: Netlink.Request, _ part: NftablesPart,
        _ body: (UInt8, NetlinkAttributes, inout NftablesReader) -> Bool
    ) {
        var inner = self
        let result = Netlink.ask(.netfilter, request, what: "netlink nftables", limits: limits) { type, message in
            // struct nfgenmsg: family, version, resource.
            guard type == part.messageType, message.byteCount >= 4, let family = message.netlink(0, as: UInt8.self)
            else { return true }
            return body(family, NetlinkAttributes(message, from: 4), &inner)
        }
        self = inner
        answer.add(result, goneIsFine: part == .element)
    }

    private mutating func record(
        _ part: NftablesPart, _ family: UInt8, _ attributes: NetlinkAttributes
    ) -> NftablesRecord {
        switch part {
        case .table: return .table(family, attributes)
        case .chain: return .chain(family, attributes)
        case .flowtable: return .flowtable(family, attributes)
        case .object: return .object(family, attributes)
        case .set:
            remember(family, attributes)
            return .set(family, attributes)
        case .rule, .element:
            let table = attributes.text(1) ?? ""
            let known = keyBytes
            return .rule(family, attributes) { known[SetName(family: family, table: table, name: $0)] }
        }
    }

    private mutating func remember(_ family: UInt8, _ attributes: NetlinkAttributes) {
        guard let table = attributes.text(1), let name = attributes.text(2) else { return }
        guard sets.count < Self.maxSets else {
            answer.isTruncated = true
            return
        }
        let bytes = Int(clamping: attributes.bigEndian(5, as: UInt32.self) ?? 0)
        keyBytes[SetName(family: family, table: table, name: name)] = bytes
        sets.append(
            SetTypes(
                family: family, table: table, name: name,
                key: NftValue.types(attributes.bigEndian(4, as: UInt32.self) ?? 0),
                value: NftValue.types(attributes.bigEndian(6, as: UInt32.self) ?? 0), keyBytes: bytes))
    }
}

extension Netlink.Answer {
    /// Adds the answer to a further request of the same subject.
    ///
    /// - Parameter goneIsFine: what was asked about may have been removed since it was found: then nothing is missing but
    ///   consistency.
    package mutating func add(_ other: Netlink.Answer, goneIsFine: Bool = false) {
        messages += other.messages
        malformed += other.malformed
        isInconsistent = isInconsistent || other.isInconsistent
        isTruncated = isTruncated || other.isTruncated
        if goneIsFine, other.failure?.code == .notFound {
            isInconsistent = true
        } else if failure == nil {
            failure = other.failure
        }
    }
}
