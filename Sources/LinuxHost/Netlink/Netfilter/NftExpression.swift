/// An expression of a rule: what the kernel does with a packet, one step of it.
///
/// Those that are known are taken apart; of others the name and the bytes are kept.
package struct NftExpression: Sendable {
    package let name: String
    package let attributes: NetlinkAttributes
    private let bytes: [UInt8]

    /// How a value is written.
    package enum Kind: Sendable {
        case u8, be16, be32, be64, text
        /// A register.
        case register
        /// Bytes within `NFTA_DATA_VALUE`.
        case data
        case hexadecimal
        /// A number of 32 bits that has a word.
        case word([String])
        case flags([(bit: UInt32, name: String)])
    }

    /// - Parameter element: the content of an `NFTA_LIST_ELEM`: `NFTA_EXPR_NAME`, `NFTA_EXPR_DATA`.
    package init?(_ element: NetlinkAttributes) {
        guard let name = element.text(1) else { return nil }
        self.name = name.escaped
        bytes = element[2] ?? []
        attributes = NetlinkAttributes(bytes)
    }

    /// Those of a list, as `NFTA_RULE_EXPRESSIONS` is one.
    package static func list(_ attributes: NetlinkAttributes?) -> [NftExpression] {
        (attributes?.all ?? []).filter { $0.type == 1 }.compactMap { NftExpression(NetlinkAttributes($0.value)) }
    }

    /// For a record.
    package var members: [(String, FieldValue)] {
        var members: [(String, FieldValue)] = [("name", .text(name))]
        guard let schema = NftExpression.schemas[name] else {
            if !bytes.isEmpty { members.append(("hex", .text(bytes.hexadecimal))) }
            return members
        }
        for (type, name, kind) in schema {
            if let value = value(type, kind) { members.append((name, value)) }
        }
        if let verdict { members.append(("verdict", .text(verdict))) }
        if name == "match" || name == "target", let words = XtablesInfo.text(self) {
            members.append(("says", .text(words)))
        }
        return members
    }

    private func value(_ type: UInt16, _ kind: Kind) -> FieldValue? {
        switch kind {
        case .u8: .optional(attributes.number(type, as: UInt8.self))
        case .be16: .optional(attributes.bigEndian(type, as: UInt16.self))
        case .be32, .register: .optional(attributes.bigEndian(type, as: UInt32.self))
        case .be64: .optional(attributes.bigEndian(type, as: UInt64.self))
        case .text: attributes.text(type).map { .raw($0) }
        case .data: data(type).map { .text($0.hexadecimal) }
        case .hexadecimal: attributes[type].map { .text($0.hexadecimal) }
        case .word(let words):
            attributes.bigEndian(type, as: UInt32.self).map {
                .text(words.indices.contains(Int($0)) ? words[Int($0)] : String($0))
            }
        case .flags(let names):
            attributes.bigEndian(type, as: UInt32.self).flatMap {
                $0 == 0 ? nil : .textList(netlinkFlags($0, names))
            }
        }
    }

    /// `NFTA_DATA_VALUE` within an attribute.
    package func data(_ type: UInt16) -> [UInt8]? { attributes.nested(type)?[1] }

    package func number(_ type: UInt16) -> UInt32? { attributes.bigEndian(type, as: UInt32.self) }

    package func word(_ type: UInt16) -> String? {
        for case (type, _, .word(let words)) in NftExpression.schemas[name] ?? [] {
            guard let number = number(type) else { return nil }
            return words.indices.contains(Int(number)) ? words[Int(number)] : String(number)
        }
        return nil
    }

    /// Of `immediate`: `NFTA_DATA_VERDICT` of `NFTA_IMMEDIATE_DATA`.
    package var verdict: String? {
        guard name == "immediate" else { return nil }
        return Self.verdict(attributes.nested(2)?.nested(2))
    }

    /// `NFTA_VERDICT_CODE`, `NFTA_VERDICT_CHAIN`.
    package static func verdict(_ attributes: NetlinkAttributes?) -> String? {
        guard let attributes, let code = attributes.bigEndian(1, as: UInt32.self) else { return nil }
        let chain = attributes.text(2).map { " " + $0.escaped } ?? ""
        switch Int32(bitPattern: code) {
        case -1: return "continue"
        case -2: return "break"
        case -3: return "jump" + chain
        case -4: return "goto" + chain
        case -5: return "return"
        default:
            // NF_DROP … of <linux/netfilter.h>; the upper half has a queue's number, or an error's.
            let names = ["drop", "accept", "stolen", "queue", "repeat", "stop"]
            let number = Int(code & 0xFF)
            return names.indices.contains(number) ? names[number] : String(code)
        }
    }
}
