/// The lexical grammar of RFC 8259 over bytes, shared by the tree parser and the YAML emitter.
///
/// Each function starts at `position` and leaves it behind what it read. Free functions over a span rather than a
/// scanner type, so that nothing is copied and the optimiser sees through.
enum JSONGrammar {
    /// Where a string's content lies (between the quotes) and whether it holds backslash escapes.
    struct StringToken {
        let content: Range<Int>
        let hasEscapes: Bool
    }

    /// Skips the four white space characters of section 2.
    @inline(__always)
    static func skipWhitespace(_ bytes: Span<UInt8>, _ position: inout Int) {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            position += 1
        }
    }

    /// The next byte that is not white space, without consuming it.
    @inline(__always)
    static func peek(_ bytes: Span<UInt8>, _ position: inout Int, in context: StaticString) throws(JSONError) -> UInt8 {
        skipWhitespace(bytes, &position)
        guard position < bytes.count else { throw truncated(position, in: context) }
        return bytes[position]
    }

    /// Section 7. `position` is at the opening quote.
    @inline(__always)
    static func string(_ bytes: Span<UInt8>, _ position: inout Int) throws(JSONError) -> StringToken {
        let start = position + 1
        var index = start
        var hasEscapes = false
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x22 {
                position = index + 1
                return StringToken(content: start..<index, hasEscapes: hasEscapes)
            }
            if byte == 0x5C {
                hasEscapes = true
                try skipEscape(bytes, &index)
            } else if byte < 0x20 {
                throw JSONError(code: .syntax, offset: index, message: "a control character in a string is not escaped")
            } else {
                index += 1
            }
        }
        throw truncated(bytes.count, in: "a string")
    }

    static func skipEscape(_ bytes: Span<UInt8>, _ index: inout Int) throws(JSONError) {
        guard index + 1 < bytes.count else { throw truncated(bytes.count, in: "a string") }
        switch bytes[index + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            index += 2
        case UInt8(ascii: "u"):
            for digit in index + 2..<index + 6 {
                guard digit < bytes.count else { throw truncated(bytes.count, in: "a string") }
                guard hexValue(bytes[digit]) != nil else {
                    throw JSONError(code: .syntax, offset: digit, message: "\\u needs four hexadecimal digits")
                }
            }
            index += 6
        default:
            throw JSONError(code: .syntax, offset: index, message: "this escape is not one of JSON's")
        }
    }

    /// Section 6. `position` is at `-` or a digit.
    @inline(__always)
    static func number(_ bytes: Span<UInt8>, _ position: inout Int) throws(JSONError) -> Range<Int> {
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let leading = position
        try digits(bytes, &position)
        if bytes[leading] == UInt8(ascii: "0"), position > leading + 1 {
            throw JSONError(code: .syntax, offset: leading, message: "a number starts with a needless zero")
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try digits(bytes, &position)
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try digits(bytes, &position)
        }
        return start..<position
    }

    @inline(__always)
    private static func digits(_ bytes: Span<UInt8>, _ position: inout Int) throws(JSONError) {
        let start = position
        while position < bytes.count, isDigit(bytes[position]) { position += 1 }
        guard position == start else { return }
        guard position < bytes.count else { throw truncated(position, in: "a number") }
        throw JSONError(code: .syntax, offset: position, message: "a number lacks a digit here")
    }

    /// `true`, `false` or `null`; `position` is at its first letter.
    @inline(__always)
    static func literal(_ word: StaticString, _ bytes: Span<UInt8>, _ position: inout Int) throws(JSONError) {
        let letters = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        for letter in letters {
            guard position < bytes.count else { throw truncated(position, in: "a literal") }
            guard bytes[position] == letter else { throw unexpected(bytes[position], position, wanted: "a value") }
            position += 1
        }
    }

    /// Appends a string's content as UTF-8, escapes decoded. A lone surrogate becomes U+FFFD; bytes that are not
    /// UTF-8 are left for the caller.
    static func appendDecoded(_ bytes: Span<UInt8>, _ token: StringToken, to output: inout [UInt8]) {
        var index = token.content.lowerBound
        while index < token.content.upperBound {
            var run = index
            while run < token.content.upperBound, bytes[run] != 0x5C { run += 1 }
            if run > index { bytes.append(index..<run, to: &output) }
            guard run < token.content.upperBound else { return }
            index = appendEscape(bytes, at: run, end: token.content.upperBound, to: &output)
        }
    }

    /// Decodes the escape at `index` and gives the index behind it.
    private static func appendEscape(
        _ bytes: Span<UInt8>, at index: Int, end: Int, to output: inout [UInt8]
    ) -> Int {
        switch bytes[index + 1] {
        case UInt8(ascii: "b"): output.append(0x08)
        case UInt8(ascii: "f"): output.append(0x0C)
        case UInt8(ascii: "n"): output.append(0x0A)
        case UInt8(ascii: "r"): output.append(0x0D)
        case UInt8(ascii: "t"): output.append(0x09)
        case UInt8(ascii: "u"):
            let (scalar, next) = unicodeEscape(bytes, at: index, end: end)
            output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            return next
        case let byte: output.append(byte)
        }
        return index + 2
    }

    /// The code point of the `\u` escape at `index` (both halves of a surrogate pair), and the index behind it.
    static func unicodeEscape(_ bytes: Span<UInt8>, at index: Int, end: Int) -> (Unicode.Scalar, next: Int) {
        let first = codeUnit(bytes, at: index)
        if let scalar = Unicode.Scalar(first) { return (scalar, index + 6) }
        let second = index + 6
        if first < 0xDC00, second + 6 <= end, bytes[second] == 0x5C, bytes[second + 1] == UInt8(ascii: "u") {
            let low = codeUnit(bytes, at: second)
            if (0xDC00..<0xE000).contains(low),
                let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (low - 0xDC00))
            {
                return (scalar, second + 6)
            }
        }
        return ("\u{FFFD}", index + 6)
    }

    private static func codeUnit(_ bytes: Span<UInt8>, at index: Int) -> UInt32 {
        (index + 2..<index + 6).reduce(0) { $0 << 4 | UInt32(hexValue(bytes[$1]) ?? 0) }
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10
    }

    @inline(__always)
    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }

    static func truncated(_ offset: Int, in context: StaticString) -> JSONError {
        JSONError(code: .truncated, offset: offset, message: "the text ends inside \(context)")
    }

    static func unexpected(_ byte: UInt8, _ offset: Int, wanted: StaticString) -> JSONError {
        let found =
            (0x21...0x7E).contains(byte)
            ? "`\(Unicode.Scalar(byte))`" : "the byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        return JSONError(code: .syntax, offset: offset, message: "\(found) stands where \(wanted) should")
    }

    static func tooDeep(_ offset: Int, limit: Int) -> JSONError {
        JSONError(code: .tooDeep, offset: offset, message: "nested deeper than the limit of \(limit) levels")
    }

    /// What every reader of a whole text checks first.
    static func checkSize(_ bytes: Span<UInt8>, _ limits: JSONLimits) throws(JSONError) {
        guard bytes.count <= limits.bytes else {
            throw JSONError(
                code: .tooLarge, offset: limits.bytes,
                message: "\(bytes.count) bytes, more than the limit of \(limits.bytes)")
        }
    }

    /// What every reader of a whole text checks last.
    static func checkEnd(_ bytes: Span<UInt8>, _ position: inout Int) throws(JSONError) {
        skipWhitespace(bytes, &position)
        guard position == bytes.count else {
            throw JSONError(code: .trailingData, offset: position, message: "something follows the value")
        }
    }
}
