/// Appends compact JSON to a byte buffer, without a tree in between.
public enum JSONText {
    /// Appends `value`, members in order, numbers as they came.
    public static func append(value: JSONValue, to output: inout [UInt8]) {
        switch value {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let value): append(bool: value, to: &output)
        case .number(let text):
            isNumber(text) ? output.append(contentsOf: text.utf8) : append(string: text, to: &output)
        case .string(let text): append(string: text, to: &output)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                append(value: element, to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let members):
            output.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                append(string: member.key, to: &output)
                output.append(UInt8(ascii: ":"))
                append(value: member.value, to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    /// Appends `string` in quotes. Escaped are `"`, `\` and control characters, nothing else: those below U+0020, as RFC 8259, section 7,
    /// demands, and U+007F to U+009F, which steer a terminal that shows them.
    public static func append(string: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        withSpan(of: string.utf8) { appendEscaped($0, to: &output) }
        output.append(UInt8(ascii: "\""))
    }

    /// Appends bytes as a string in quotes; what is not UTF-8 becomes U+FFFD.
    public static func append(utf8 bytes: some Collection<UInt8>, to output: inout [UInt8]) {
        append(string: String(decoding: bytes, as: UTF8.self), to: &output)
    }

    public static func append(bool value: Bool, to output: inout [UInt8]) {
        output.append(contentsOf: value ? "true".utf8 : "false".utf8)
    }

    /// Appends `value` in decimal.
    public static func append(integer value: some FixedWidthInteger, to output: inout [UInt8]) {
        if value < 0 { output.append(UInt8(ascii: "-")) }
        let start = output.count
        var rest = value.magnitude
        repeat {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            output.append(0x30 + UInt8(truncatingIfNeeded: digit))
            rest = quotient
        } while rest != 0
        output[start...].reverse()
    }

    private static func appendEscaped(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
        var start = 0
        for index in 0..<bytes.count {
            let byte = bytes[index]
            // U+0080 to U+009F are C2 and a byte of that number.
            let isC1 = byte == 0xC2 && index + 1 < bytes.count && bytes[index + 1] < 0xA0
            guard byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F || isC1 else { continue }
            if start < index { bytes.append(start..<index, to: &output) }
            start = index + (isC1 ? 2 : 1)
            output.append(0x5C)
            switch byte {
            case 0x22, 0x5C: output.append(byte)
            case 0x0A: output.append(UInt8(ascii: "n"))
            case 0x0D: output.append(UInt8(ascii: "r"))
            case 0x09: output.append(UInt8(ascii: "t"))
            default:
                let control = isC1 ? bytes[index + 1] : byte
                output.append(contentsOf: "u00".utf8)
                output.append(hexDigit(control >> 4))
                output.append(hexDigit(control & 15))
            }
        }
        if start < bytes.count { bytes.append(start..<bytes.count, to: &output) }
    }

    @inline(__always)
    static func hexDigit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? 0x30 + nibble : 0x57 + nibble
    }

    /// Whether `text` is exactly one number by RFC 8259.
    static func isNumber(_ text: String) -> Bool {
        withSpan(of: text.utf8) { bytes in
            guard bytes.count > 0, bytes[0] == UInt8(ascii: "-") || JSONGrammar.isDigit(bytes[0]) else { return false }
            var position = 0
            guard (try? JSONGrammar.number(bytes, &position)) != nil else { return false }
            return position == bytes.count
        }
    }
}
