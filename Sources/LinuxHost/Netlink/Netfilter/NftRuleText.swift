/// A rule as nft(8) would write it, as far as its expressions are known; others stand in it as `[name 0x…]`.
///
/// The kernel has no text of a rule: it loads something into a register and compares that, one expression each. What was loaded is
/// remembered here until it is compared.
struct NftRuleText {
    private struct Loaded {
        var text: String
        var type: NftValue
        /// Registers of four bytes that it takes.
        var slots: Int
        /// What it was masked with.
        var mask: [UInt8]?
    }

    /// Of the table; in one of both families, what a rule has asked for.
    private var family: UInt8
    /// How many bytes keys of sets have, by name.
    private let keyBytes: (RawText) -> Int?
    private var registers: [UInt32: Loaded] = [:]
    private var constants: [UInt32: [UInt8]] = [:]
    private(set) var words: [String] = []

    init(_ expressions: [NftExpression], family: UInt8, keyBytes: @escaping (RawText) -> Int?) {
        self.family = family
        self.keyBytes = keyBytes
        for expression in expressions { add(expression) }
    }

    /// Registers of sixteen bytes are 1 to 4, those of four bytes within the same room are 8 to 23.
    private static func slot(_ register: UInt32?) -> UInt32 {
        guard let register else { return .max }
        return (1...4).contains(register) ? (register - 1) * 4 : register >= 8 ? register - 8 : .max
    }

    private mutating func load(_ register: UInt32?, _ text: String, _ type: NftValue, bytes: Int) {
        let slot = Self.slot(register)
        constants[slot] = nil
        registers[slot] = Loaded(text: text, type: type, slots: max(1, (min(bytes, 64) + 3) / 4))
    }

    private func loaded(_ register: UInt32?) -> Loaded {
        registers[Self.slot(register)] ?? Loaded(text: "register \(register ?? 0)", type: .bytes, slots: 1)
    }

    private mutating func add(_ expression: NftExpression) {
        switch expression.name {
        case "payload", "meta", "ct", "rt", "socket", "fib", "numgen", "hash", "exthdr": loadOrSet(expression)
        case "byteorder": move(expression, mask: nil)
        case "bitwise": mask(expression)
        case "cmp": compare(expression)
        case "range":
            let key = loaded(expression.number(1))
            let sign = expression.word(2) == "!=" ? "!= " : ""
            let ends = [3, 4].map { key.type.text(expression.data($0) ?? []) }
            words.append("\(key.text) \(sign)\(ends[0])-\(ends[1])")
        case "immediate":
            if let verdict = expression.verdict {
                words.append(verdict)
            } else if let value = expression.data(2) {
                constants[Self.slot(expression.number(1))] = value
            }
        case "lookup":
            let set = expression.attributes.text(1) ?? ""
            let key = key(expression.number(2), set)
            if let register = expression.number(3), register != 0 {
                load(register, "\(key) map @\(set.escaped)", .bytes, bytes: 4)
            } else {
                let isInverted = (expression.number(5) ?? 0) & 1 != 0
                let verb = expression.number(3) == 0 ? " vmap" : ""
                words.append("\(key)\(isInverted ? " !=" : "")\(verb) @\(set.escaped)")
            }
        case "dynset":
            let set = expression.attributes.text(1) ?? ""
            words.append("\(expression.word(3) ?? "add") @\(set.escaped) { \(key(expression.number(4), set)) }")
        default: statement(expression)
        }
    }

    /// Those that load something into a register, or the other way round.
    private mutating func loadOrSet(_ expression: NftExpression) {
        let (text, type, bytes) = NftKeyText.describe(expression, family)
        // The register of a value that is written stands in another attribute.
        let source: UInt32? =
            switch expression.name {
            case "payload": expression.number(5)
            case "meta": expression.number(3)
            case "ct": expression.number(4)
            case "exthdr": expression.number(8)
            default: nil
            }
        if let source {
            let value = constants[Self.slot(source)].map { type.text($0) } ?? loaded(source).text
            words.append("\(text) set \(value)")
        } else {
            load(NftKeyText.register(expression), text, type, bytes: bytes)
        }
    }

    private mutating func move(_ expression: NftExpression, mask: [UInt8]?) {
        var value = loaded(expression.number(1))
        value.mask = mask ?? value.mask
        registers[Self.slot(expression.number(2))] = value
    }

    private mutating func mask(_ expression: NftExpression) {
        let mask = expression.data(4) ?? []
        let xor = expression.data(5) ?? []
        if (expression.number(6) ?? 0) == 0, xor.allSatisfy({ $0 == 0 }) {
            return move(expression, mask: mask)
        }
        var value = loaded(expression.number(1))
        value.text = "(\(value.text) \(expression.word(6) ?? "mask-xor") \((mask + xor).hexadecimal))"
        registers[Self.slot(expression.number(2))] = value
    }

    private mutating func compare(_ expression: NftExpression) {
        let key = loaded(expression.number(1))
        let value = expression.data(3) ?? []
        let sign = expression.word(2) ?? "=="
        let shownSign = sign == "==" ? "" : "\(sign) "
        if family == 1, key.text == "meta nfproto", sign == "==", let asked = value.first { family = asked }
        guard let mask = key.mask else {
            if [.ipv4, .ipv6].contains(key.type), let width = key.type.width, value.count < width {
                // Of a network whose prefix ends with a byte no more is loaded than that.
                let whole = value + [UInt8](repeating: 0, count: width - value.count)
                words.append("\(key.text) \(shownSign)\(key.type.text(whole))/\(value.count * 8)")
            } else if value.count > key.slots * 4 {
                words.append("\(self.key(expression.number(1), bytes: value.count)) \(shownSign)0x\(value.hexadecimal)")
            } else {
                words.append("\(key.text) \(shownSign)\(key.type.text(value))")
            }
            return
        }
        switch key.type {
        case .state where value.allSatisfy { $0 == 0 } && sign == "!=",
            .status where value.allSatisfy { $0 == 0 } && sign == "!=":
            words.append("\(key.text) \(key.type.text(mask))")
        case .address, .ipv4, .ipv6:
            let length = Self.prefixLength(mask)
            words.append(
                length.map { "\(key.text) \(shownSign)\(key.type.text(value))/\($0)" }
                    ?? "\(key.text) & \(key.type.text(mask)) \(sign) \(key.type.text(value))")
        default:
            words.append("\(key.text) & 0x\(mask.hexadecimal) \(sign) \(key.type.text(value))")
        }
    }

    /// Nil of a mask that is not ones and then zeros.
    private static func prefixLength(_ mask: [UInt8]) -> Int? {
        let length = mask.reduce(into: (bits: 0, isOver: false)) { result, byte in
            if !result.isOver { result.bits += (~byte).leadingZeroBitCount }
            result.isOver = result.isOver || byte != 0xFF
        }.bits
        let isPrefix = mask.enumerated().allSatisfy { index, byte in
            byte == UInt8(truncatingIfNeeded: 0xFF00 >> min(8, max(0, length - index * 8)))
        }
        return isPrefix ? length : nil
    }

    private func key(_ register: UInt32?, _ set: RawText) -> String {
        key(register, bytes: keyBytes(set) ?? 0)
    }

    /// What was loaded into as many registers as a key has bytes.
    private func key(_ register: UInt32?, bytes: Int) -> String {
        var texts: [String] = []
        var slot = Self.slot(register)
        let end = slot == .max ? slot : slot + UInt32((max(1, min(bytes, 64)) + 3) / 4)
        repeat {
            guard let value = registers[slot] else { break }
            texts.append(value.text)
            slot += UInt32(value.slots)
        } while slot < end
        return texts.isEmpty ? loaded(register).text : texts.joined(separator: " . ")
    }

    // MARK: Statements

    private mutating func statement(_ expression: NftExpression) {
        let attributes = expression.attributes
        func value(_ register: UInt16, _ type: NftValue) -> String? {
            expression.number(register).map { number in
                constants[Self.slot(number)].map { type.text($0) } ?? loaded(number).text
            }
        }
        switch expression.name {
        case "counter":
            let counts = [2, 1].map { attributes.bigEndian($0, as: UInt64.self) ?? 0 }
            words.append("counter packets \(counts[0]) bytes \(counts[1])")
        case "nat":
            let address = value(3, .address)
            let port = value(5, .port)
            words.append(
                "\(expression.word(1) ?? "nat") to \(address ?? "")\(port.map { ":" + $0 } ?? "")"
                    + (expression.number(4) != expression.number(3) ? value(4, .address).map { "-" + $0 } ?? "" : ""))
        case "masq": words.append("masquerade" + (value(2, .port).map { " to :" + $0 } ?? ""))
        case "redir": words.append("redirect" + (value(1, .port).map { " to :" + $0 } ?? ""))
        case "tproxy":
            words.append("tproxy to " + (value(2, .address) ?? "") + (value(3, .port).map { ":" + $0 } ?? ""))
        case "reject":
            let code = attributes.number(2, as: UInt8.self)
            let kind = expression.word(1) ?? ""
            words.append("reject with \(kind)" + (kind == "tcp-reset" ? "" : code.map { " code \($0)" } ?? ""))
        case "log":
            let prefix = attributes.text(2).map { " prefix \(NftValue.text.text($0.bytes + [0]))" }
            let group = attributes.bigEndian(1, as: UInt16.self).map { " group \($0)" }
            words.append("log" + (prefix ?? "") + (group ?? ""))
        case "limit":
            let over = (expression.number(5) ?? 0) & 1 != 0 ? "over " : ""
            let rate = attributes.bigEndian(1, as: UInt64.self) ?? 0
            let seconds = attributes.bigEndian(2, as: UInt64.self) ?? 1
            let unit = [1: "second", 60: "minute", 3_600: "hour", 86_400: "day", 604_800: "week"][seconds]
            let bytes = expression.number(4) == 1 ? " bytes" : ""
            words.append(
                "limit rate \(over)\(rate)\(bytes)/\(unit ?? "\(seconds) s") burst \(expression.number(3) ?? 0)")
        case "connlimit":
            words.append("ct count \((expression.number(2) ?? 0) & 1 != 0 ? "over " : "")\(expression.number(1) ?? 0)")
        case "quota":
            let over = (expression.number(2) ?? 0) & 1 != 0 ? "over " : ""
            words.append("quota \(over)\(attributes.bigEndian(1, as: UInt64.self) ?? 0) bytes")
        case "objref":
            words.append(
                attributes.text(2).map { "\(expression.word(1) ?? "object") name \($0.escaped)" }
                    ?? "object of \(loaded(expression.number(3)).text) map @\(attributes.text(4)?.escaped ?? "")")
        case "queue": words.append("queue num \(attributes.bigEndian(1, as: UInt16.self) ?? 0)")
        case "flow_offload": words.append("flow add @\(attributes.text(1)?.escaped ?? "")")
        case "dup", "fwd":
            words.append("\(expression.name) to \(value(1, expression.name == "dup" ? .address : .hostNumber) ?? "")")
        case "notrack", "last": words.append(expression.name)
        case "match", "target":
            let name = attributes.text(1)?.escaped ?? ""
            words.append(
                XtablesInfo.text(expression)
                    ?? "[xt \(expression.name) \(name) 0x\((attributes[3] ?? []).hexadecimal)]")
        default:
            let bytes = attributes.all.map { $0.value.hexadecimal }.joined(separator: " ")
            words.append("[\(expression.name)\(bytes.isEmpty ? "" : " 0x" + bytes)]")
        }
    }
}
