/// One thing of a ruleset of nftables: a table, a chain, a rule, a set, an element of one, an object, or a flowtable.
///
/// Every one has a line in the syntax of nft(8), as `nft -f` reads it with `add` in front, as far as it is known.
package struct NftablesRecord: TextRecord {
    package let part: NftablesPart
    package let family: UInt8
    package let table: RawText?
    /// Of what it is the name, but a rule.
    package let name: RawText?
    /// The line for people.
    package let text: String
    private let chain: RawText?
    private let members: [(String, FieldValue)]

    package static let fieldNames = [
        "kind", "family", "table", "chain", "name", "handle", "text", "comment", "type", "hook", "priority", "policy",
        "devices", "flags", "uses", "packets", "bytes", "key_types", "key_bytes", "value_bytes", "timeout_milliseconds",
        "key", "key_end", "value", "interval_end", "expires_milliseconds", "owner", "expressions", "incomplete",
    ]

    package func write(to writer: inout some FieldWriter) {
        writer.field("kind", .text(part.rawValue))
        writer.field("family", .text(NftablesPart.family(family)))
        writer.field("table", table.map { .raw($0) })
        writer.field("chain", chain.map { .raw($0) })
        writer.field("name", name.map { .raw($0) })
        for field in Self.fieldNames.dropFirst(5) {
            writer.field(field, field == "text" ? .text(text) : members.first { $0.0 == field }?.1)
        }
    }

    package func appendText(to output: inout [UInt8]) {
        output.append(contentsOf: "add ".utf8)
        output.append(contentsOf: text.utf8)
    }

    private init(
        _ part: NftablesPart, _ family: UInt8, table: RawText?, chain: RawText? = nil, name: RawText?, text: String,
        _ members: [(String, FieldValue?)]
    ) {
        self.part = part
        self.family = family
        self.table = table
        self.chain = chain
        self.name = name
        self.text = text
        self.members = members.compactMap { name, value in value.map { (name, $0) } }
    }

    // MARK: Kinds

    package static func table(_ family: UInt8, _ attributes: NetlinkAttributes) -> NftablesRecord {
        let name = attributes.text(1)
        let flags = netlinkFlags(attributes.bigEndian(2, as: UInt32.self) ?? 0, [(1, "dormant"), (2, "owner")])
        return NftablesRecord(
            .table, family, table: name, name: name,
            text: "table \(NftablesPart.family(family)) \(name?.escaped ?? "")"
                + (flags.isEmpty ? "" : " { flags \(flags.joined(separator: ",")) }"),
            [
                ("handle", .optional(attributes.bigEndian(4, as: UInt64.self))),
                ("flags", flags.isEmpty ? nil : .textList(flags)),
                ("uses", .optional(attributes.bigEndian(3, as: UInt32.self))),
                ("owner", .optional(attributes.bigEndian(7, as: UInt32.self))), incomplete(attributes),
            ])
    }

    package static func chain(_ family: UInt8, _ attributes: NetlinkAttributes) -> NftablesRecord {
        let name = attributes.text(3)
        let hook = attributes.nested(4)
        let type = attributes.text(7)
        let hookName = hook?.bigEndian(1, as: UInt32.self).map { Self.hook($0, family) }
        let priority = hook?.bigEndian(2, as: Int32.self)
        let devices = (hook?.text(3).map { [$0] } ?? []) + Self.devices(hook?.nested(4))
        let policy = attributes.bigEndian(5, as: UInt32.self).map { $0 == 0 ? "drop" : $0 == 1 ? "accept" : "\($0)" }
        let counters = attributes.nested(8)
        var body = ""
        if let hookName {
            body = " { type \(type?.escaped ?? "filter") hook \(hookName)"
            if !devices.isEmpty { body += " devices = { \(devices.map(\.escaped).joined(separator: ", ")) }" }
            body += " priority \(priority ?? 0);" + (policy.map { " policy \($0);" } ?? "") + " }"
        }
        return NftablesRecord(
            .chain, family, table: attributes.text(1), chain: name, name: name,
            text: "chain \(place(family, attributes.text(1))) \(name?.escaped ?? "")" + body,
            [
                ("handle", .optional(attributes.bigEndian(2, as: UInt64.self))), ("type", type.map { .raw($0) }),
                ("hook", hookName.map { .text($0) }), ("priority", .optional(priority)),
                ("policy", policy.map { .text($0) }), ("devices", devices.isEmpty ? nil : .rawList(devices)),
                ("uses", .optional(attributes.bigEndian(6, as: UInt32.self))),
                ("packets", .optional(counters?.bigEndian(2, as: UInt64.self))),
                ("bytes", .optional(counters?.bigEndian(1, as: UInt64.self))), incomplete(attributes),
            ])
    }

    package static func rule(
        _ family: UInt8, _ attributes: NetlinkAttributes, keyBytes: @escaping (RawText) -> Int?
    ) -> NftablesRecord {
        let expressions = NftExpression.list(attributes.nested(4))
        let handle = attributes.bigEndian(3, as: UInt64.self)
        let comment = Self.comment(attributes[7])
        let counter = expressions.first { $0.name == "counter" }?.attributes
        var words = NftRuleText(expressions, family: family, keyBytes: keyBytes).words
        if let comment { words.append("comment " + NftValue.text.text(comment.bytes + [0])) }
        return NftablesRecord(
            .rule, family, table: attributes.text(1), chain: attributes.text(2), name: nil,
            text: "rule \(place(family, attributes.text(1))) \(attributes.text(2)?.escaped ?? "") "
                + words.joined(separator: " ") + (handle.map { " # handle \($0)" } ?? ""),
            [
                ("handle", .optional(handle)), ("comment", comment.map { .raw($0) }),
                ("packets", .optional(counter?.bigEndian(2, as: UInt64.self))),
                ("bytes", .optional(counter?.bigEndian(1, as: UInt64.self))),
                ("expressions", .records(expressions.map(\.members))), incomplete(attributes),
            ])
    }

    package static func set(_ family: UInt8, _ attributes: NetlinkAttributes) -> NftablesRecord {
        let flags = attributes.bigEndian(3, as: UInt32.self) ?? 0
        let names = netlinkFlags(
            flags,
            [
                (1, "anonymous"), (2, "constant"), (4, "interval"), (8, "map"), (16, "timeout"), (32, "dynamic"),
                (64, "object"), (128, "concatenation"),
            ])
        let types = NftValue.types(attributes.bigEndian(4, as: UInt32.self) ?? 0).map(\.typeName)
        let timeout = attributes.bigEndian(11, as: UInt64.self)
        let name = attributes.text(2)
        return NftablesRecord(
            .set, family, table: attributes.text(1), name: name,
            text: "\(flags & 8 != 0 ? "map" : "set") \(place(family, attributes.text(1))) \(name?.escaped ?? "")"
                + " { type \(types.joined(separator: " . "));"
                + (names.isEmpty ? "" : " flags \(names.joined(separator: ","));")
                + (timeout.map { $0 == 0 ? "" : " timeout \($0)ms;" } ?? "") + " }",
            [
                ("handle", .optional(attributes.bigEndian(16, as: UInt64.self))),
                ("flags", names.isEmpty ? nil : .textList(names)), ("key_types", .textList(types)),
                ("key_bytes", .optional(attributes.bigEndian(5, as: UInt32.self))),
                ("value_bytes", .optional(attributes.bigEndian(7, as: UInt32.self))),
                ("timeout_milliseconds", .optional(timeout)), incomplete(attributes),
            ])
    }

    /// An element of a set.
    ///
    /// - Parameters:
    ///   - element: the content of an `NFTA_LIST_ELEM`.
    ///   - key, value: what the set's own record says of their types.
    package static func element(
        _ family: UInt8, table: RawText?, set: RawText?, _ element: NetlinkAttributes, key: [NftValue],
        value: [NftValue]
    ) -> NftablesRecord {
        let flags = element.bigEndian(3, as: UInt32.self) ?? 0
        let isCatchAll = flags & 2 != 0
        let keyText = isCatchAll ? "*" : (element.nested(1)?[1]).map { NftValue.text($0, key) }
        let endText = (element.nested(10)?[1]).map { NftValue.text($0, key) }
        let data = element.nested(2)
        let valueText =
            NftExpression.verdict(data?.nested(2)) ?? data?[1].map { NftValue.text($0, value) }
            ?? element.text(9)?.escaped
        let expressions =
            NftExpression.list(element.nested(11))
            + (element.nested(7).flatMap { NftExpression($0) }.map { [$0] } ?? [])
        let expires = element.bigEndian(5, as: UInt64.self)
        let counter = expressions.first { $0.name == "counter" }?.attributes
        let comment = Self.comment(element[6])
        return NftablesRecord(
            .element, family, table: table, name: set,
            text: "element \(place(family, table)) \(set?.escaped ?? "") { \(keyText ?? "")"
                + (endText.map { "-\($0)" } ?? "") + (valueText.map { " : \($0)" } ?? "")
                + (flags & 1 != 0 ? " (end of an interval)" : "") + " }",
            [
                ("key", keyText.map { .text($0) }), ("key_end", endText.map { .text($0) }),
                ("value", valueText.map { .text($0) }), ("interval_end", flags & 1 != 0 ? .flag(true) : nil),
                ("timeout_milliseconds", .optional(element.bigEndian(4, as: UInt64.self))),
                ("expires_milliseconds", .optional(expires)), ("comment", comment.map { .raw($0) }),
                ("packets", .optional(counter?.bigEndian(2, as: UInt64.self))),
                ("bytes", .optional(counter?.bigEndian(1, as: UInt64.self))),
                ("expressions", expressions.isEmpty ? nil : .records(expressions.map(\.members))), incomplete(element),
            ])
    }

    package static func object(_ family: UInt8, _ attributes: NetlinkAttributes) -> NftablesRecord {
        let number = attributes.bigEndian(3, as: UInt32.self) ?? 0
        let types = NftExpression.objectTypes
        let type = types.indices.contains(Int(number)) ? types[Int(number)] : "\(number)"
        let name = attributes.text(2)
        let data = type == "counter" ? attributes.nested(4) : nil
        let packets = data?.bigEndian(2, as: UInt64.self)
        let bytes = data?.bigEndian(1, as: UInt64.self)
        return NftablesRecord(
            .object, family, table: attributes.text(1), name: name,
            text: "\(type) \(place(family, attributes.text(1))) \(name?.escaped ?? "")"
                + (packets.map { " { packets \($0) bytes \(bytes ?? 0) }" } ?? ""),
            [
                ("handle", .optional(attributes.bigEndian(6, as: UInt64.self))), ("type", .text(type)),
                ("uses", .optional(attributes.bigEndian(5, as: UInt32.self))), ("packets", .optional(packets)),
                ("bytes", .optional(bytes)), incomplete(attributes),
            ])
    }

    package static func flowtable(_ family: UInt8, _ attributes: NetlinkAttributes) -> NftablesRecord {
        let name = attributes.text(2)
        let hook = attributes.nested(3)
        let devices = Self.devices(hook?.nested(3))
        let priority = hook?.bigEndian(2, as: Int32.self)
        return NftablesRecord(
            .flowtable, family, table: attributes.text(1), name: name,
            text: "flowtable \(place(family, attributes.text(1))) \(name?.escaped ?? "")"
                + " { hook ingress priority \(priority ?? 0);"
                + (devices.isEmpty ? "" : " devices = { \(devices.map(\.escaped).joined(separator: ", ")) };") + " }",
            [
                ("handle", .optional(attributes.bigEndian(5, as: UInt64.self))), ("hook", .text("ingress")),
                ("priority", .optional(priority)), ("devices", devices.isEmpty ? nil : .rawList(devices)),
                (
                    "flags",
                    attributes.bigEndian(7, as: UInt32.self).flatMap {
                        $0 == 0 ? nil : .textList(netlinkFlags($0, [(1, "offload"), (2, "counter")]))
                    }
                ), ("uses", .optional(attributes.bigEndian(4, as: UInt32.self))), incomplete(attributes),
            ])
    }

    // MARK: Parts of them

    private static func place(_ family: UInt8, _ table: RawText?) -> String {
        "\(NftablesPart.family(family)) \(table?.escaped ?? "")"
    }

    private static func incomplete(_ attributes: NetlinkAttributes) -> (String, FieldValue?) {
        ("incomplete", attributes.isWhole ? nil : .flag(true))
    }

    /// `NFTA_DEVICE_NAME`, each.
    private static func devices(_ attributes: NetlinkAttributes?) -> [RawText] {
        (attributes?.all ?? []).filter { $0.type == 1 }.map { RawText(Array($0.value.prefix { $0 != 0 })) }
    }

    /// `NF_INET_…`, `NF_ARP_…`, `NF_NETDEV_…`: hooks have other numbers in each family.
    private static func hook(_ number: UInt32, _ family: UInt8) -> String {
        let names =
            switch family {
            case 3: ["input", "output", "forward"]
            case 5: ["ingress", "egress"]
            default: ["prerouting", "input", "forward", "output", "postrouting", "ingress"]
            }
        return names.indices.contains(Int(number)) ? names[Int(number)] : String(number)
    }

    /// What nft(8) keeps beside a rule or an element for itself: type, length, value, each; type 0 is the comment.
    private static func comment(_ bytes: [UInt8]?) -> RawText? {
        var rest = (bytes ?? [])[...]
        while rest.count >= 2 {
            let type = rest[rest.startIndex]
            let length = Int(rest[rest.startIndex + 1])
            rest = rest.dropFirst(2)
            guard length <= rest.count else { return nil }
            if type == 0 { return RawText(Array(rest.prefix(length).prefix { $0 != 0 })) }
            rest = rest.dropFirst(length)
        }
        return nil
    }
}
