/// Renders a record as one line of JSON (RFC 8259).
package struct JSONFieldWriter: FieldWriter {
    private var output: [UInt8] = []
    private var isFirst = true

    /// Begins a line after the text so far, which is taken away from `text`: with two owners each append would copy it.
    package init(continuing text: inout [UInt8]) {
        swap(&output, &text)
        output.append(UInt8(ascii: "{"))
    }

    package mutating func field(_ name: String, _ value: FieldValue?) {
        guard let value else { return }
        member(name, value)
    }

    /// Ends the line, and gives the text back.
    package consuming func finish() -> [UInt8] {
        output.append(UInt8(ascii: "}"))
        output.append(0x0A)
        return output
    }

    private mutating func member(_ name: String, _ value: FieldValue) {
        key(name)
        switch value {
        case .text(let text): Self.append(string: text.utf8, to: &output)
        case .raw(let text):
            guard append(text) else {
                key(name + "_hex")
                hexadecimal(text.bytes)
                return
            }
        case .rawList(let texts):
            var isValid = true
            list(texts) { writer, text in isValid = writer.append(text) && isValid }
            if !isValid {
                key(name + "_hex")
                list(texts) { writer, text in writer.hexadecimal(text.bytes) }
            }
        case .textList(let texts):
            list(texts) { writer, text in Self.append(string: text.utf8, to: &writer.output) }
        case .integer(let number):
            if number < 0 { output.append(UInt8(ascii: "-")) }
            Self.append(number.magnitude, to: &output)
        case .unsigned(let number): Self.append(number, to: &output)
        case .unsignedList(let numbers):
            list(numbers) { writer, number in Self.append(number, to: &writer.output) }
        case .flag(let flag): output.append(contentsOf: (flag ? "true" : "false").utf8)
        case .fraction(let number):
            output.append(contentsOf: (number.isFinite ? "\(number)" : "null").utf8)
        case .time(let time):
            output.append(UInt8(ascii: "\""))
            time.append(to: &output)
            output.append(UInt8(ascii: "\""))
        case .records(let records):
            list(records) { writer, members in
                writer.output.append(UInt8(ascii: "{"))
                writer.isFirst = true
                for (name, value) in members { writer.member(name, value) }
                writer.output.append(UInt8(ascii: "}"))
            }
            isFirst = false
        }
    }

    private mutating func key(_ name: String) {
        if !isFirst { output.append(UInt8(ascii: ",")) }
        isFirst = false
        Self.append(string: name.utf8, to: &output)
        output.append(UInt8(ascii: ":"))
    }

    private mutating func list<Element>(_ elements: [Element], _ body: (inout Self, Element) -> Void) {
        output.append(UInt8(ascii: "["))
        var needsComma = false
        for element in elements {
            if needsComma { output.append(UInt8(ascii: ",")) }
            needsComma = true
            body(&self, element)
        }
        output.append(UInt8(ascii: "]"))
    }

    /// Appends text, repaired if it must be; false if it was.
    private mutating func append(_ text: RawText) -> Bool {
        if text.bytes.allSatisfy({ $0 < 0x80 }) {
            Self.append(string: text.bytes, to: &output)
            return true
        }
        let repaired = text.string
        Self.append(string: repaired.utf8, to: &output)
        return repaired.utf8.elementsEqual(text.bytes)
    }

    private mutating func hexadecimal(_ bytes: [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in bytes { Hexadecimal.append(byte, to: &output) }
        output.append(UInt8(ascii: "\""))
    }

    /// The decimal digits, without a string for each: most members of a record are numbers.
    private static func append(_ number: UInt64, to output: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = number
            var start = 20
            repeat {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            output.append(contentsOf: UnsafeBufferPointer(rebasing: digits[start..<20]))
        }
    }

    /// Appends text that needs no escape as it is, in one piece; false if it needs one, or does not lie in one piece.
    private static func append(plain string: some Collection<UInt8>, to output: inout [UInt8]) -> Bool {
        string.withContiguousStorageIfAvailable { bytes in
            for byte in bytes
            where byte < 0x20 || byte > 0x7E || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                return false
            }
            output.append(UInt8(ascii: "\""))
            output.append(contentsOf: bytes)
            output.append(UInt8(ascii: "\""))
            return true
        } ?? false
    }

    /// - Parameter string: UTF-8. Control characters are escaped, those of U+0080 to U+009F, too: terminals obey them.
    private static func append(string: some Collection<UInt8>, to output: inout [UInt8]) {
        if append(plain: string, to: &output) { return }
        output.append(UInt8(ascii: "\""))
        var isInC2 = false
        for byte in string {
            if isInC2 {
                isInC2 = false
                if byte < 0xA0 {
                    output.append(contentsOf: "\\u00".utf8)
                    Hexadecimal.append(byte, to: &output)
                    continue
                }
                output.append(0xC2)
            }
            switch byte {
            case 0xC2: isInC2 = true
            case UInt8(ascii: "\""): output.append(contentsOf: "\\\"".utf8)
            case UInt8(ascii: "\\"): output.append(contentsOf: "\\\\".utf8)
            case 0x0A: output.append(contentsOf: "\\n".utf8)
            case 0x09: output.append(contentsOf: "\\t".utf8)
            case 0..<0x20, 0x7F:
                output.append(contentsOf: "\\u00".utf8)
                Hexadecimal.append(byte, to: &output)
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
