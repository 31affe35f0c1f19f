/// What a plain scalar means to Kubernetes' reader (go-yaml v2, `resolve.go`).
enum YAMLMeaning {
    case string, null
    case bool(Bool)
    /// A number whose text is JSON's.
    case number
    /// A number, as JSON spells it.
    case respelled([UInt8])
    /// Not the same in all versions, or more than a value: `<<`.
    case doubtful

    @inline(__always)
    static func of(_ bytes: Span<UInt8>, _ range: Range<Int>) -> YAMLMeaning {
        let first = bytes[range.lowerBound]
        if first | 0x20 &- 0x61 < 26 {
            return range.count <= 5 && mayBeWord(first) ? word(bytes, range) : .string
        }
        switch first {
        case 0x30...0x39, UInt8(ascii: "-"):
            return isJSON(bytes, range) ? .number : number(bytes, range)
        case UInt8(ascii: "+"), UInt8(ascii: "."): return number(bytes, range)
        case UInt8(ascii: "~"): return range.count == 1 ? .null : .string
        case UInt8(ascii: "<"): return range.count == 2 && bytes[range.lowerBound + 1] == first ? .doubtful : .string
        default: return .string
        }
    }

    /// Whether a word with a meaning begins with this letter: one of `fnoty`.
    @inline(__always)
    private static func mayBeWord(_ letter: UInt8) -> Bool {
        (0x0210_C040 as UInt64) &>> UInt64(letter & 31) & 1 == 1
    }

    private static func word(_ bytes: Span<UInt8>, _ range: Range<Int>) -> YAMLMeaning {
        var text: UInt64 = 0
        var lowercase: UInt64 = 0
        var upper = 0
        for index in range {
            text = text << 8 | UInt64(bytes[index])
            lowercase = lowercase << 8 | UInt64(bytes[index] | 0x20)
            if bytes[index] & 0x20 == 0 { upper += 1 }
        }
        // As in `null`, `Null` and `NULL`.
        let isCapitalised = upper == 1 && bytes[range.lowerBound] & 0x20 == 0
        guard upper == 0 || isCapitalised || upper == range.count else { return .string }
        switch lowercase {
        case packed("null"): return .null
        case packed("true"), packed("yes"), packed("on"), packed("y"): return .bool(true)
        case packed("false"), packed("no"), packed("off"), packed("n"): return .bool(false)
        default: return .string
        }
    }

    @inline(__always)
    private static func packed(_ word: StaticString) -> UInt64 {
        UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount).reduce(0) { $0 << 8 | UInt64($1) }
    }

    // MARK: Numbers

    /// Whether it is a number by RFC 8259, section 6.
    private static func isJSON(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        let end = range.upperBound
        if bytes[index] == UInt8(ascii: "-") { index += 1 }
        let integer = index
        while index < end, JSONGrammar.isDigit(bytes[index]) { index += 1 }
        guard index > integer, index == integer + 1 || bytes[integer] != UInt8(ascii: "0") else { return false }
        if index < end, bytes[index] == UInt8(ascii: ".") {
            let fraction = index + 1
            index = fraction
            while index < end, JSONGrammar.isDigit(bytes[index]) { index += 1 }
            guard index > fraction else { return false }
        }
        if index < end, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < end, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") { index += 1 }
            let exponent = index
            while index < end, JSONGrammar.isDigit(bytes[index]) { index += 1 }
            guard index > exponent else { return false }
        }
        return index == end
    }

    /// Another spelling of a number, or a string that begins like one.
    private static func number(_ bytes: Span<UInt8>, _ range: Range<Int>) -> YAMLMeaning {
        var text: [UInt8] = []
        var hasUnderscore = false
        for index in range {
            let byte = bytes[index]
            switch byte {
            case 0x30...0x39, UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "x"),
                UInt8(ascii: "X"), UInt8(ascii: "o"), UInt8(ascii: "O"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                UInt8(ascii: "A")...UInt8(ascii: "F"):
                text.append(byte)
            case UInt8(ascii: "_"): hasUnderscore = true
            default: return .string
            }
        }
        if hasUnderscore, bytes[range.lowerBound] == UInt8(ascii: ".") { return .doubtful }
        let isNegative = text[0] == UInt8(ascii: "-")
        if isNegative || text[0] == UInt8(ascii: "+") { text.removeFirst() }
        let sign: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
        if let (digits, radix) = radix(of: text) {
            guard digits.allSatisfy({ value(of: $0) < radix }) else { return decimal(text, sign) }
            var result: UInt64 = 0
            for digit in digits.lazy.map(value(of:)) {
                let (product, isTooLarge) = result.multipliedReportingOverflow(by: radix)
                // Longer ones are strings to some versions, and numbers to others.
                guard !isTooLarge, product <= .max - digit else { return .doubtful }
                result = product + digit
            }
            guard !isNegative || result <= 1 << 63 else { return .doubtful }
            return .respelled((result == 0 ? [] : sign) + Array(String(result).utf8))
        }
        return decimal(text, sign)
    }

    /// The digits behind `0x`, `0o`, `0b` or `0`, and the number system that these stand for.
    private static func radix(of text: [UInt8]) -> (digits: ArraySlice<UInt8>, radix: UInt64)? {
        guard text.count > 1, text[0] == UInt8(ascii: "0") else { return nil }
        let radix: UInt64 =
            switch text[1] | 0x20 {
            case UInt8(ascii: "x"): 16
            case UInt8(ascii: "o"): 8
            case UInt8(ascii: "b"): 2
            default: 0
            }
        guard radix > 0 else { return (text[1...], 8) }
        return text.count > 2 ? (text[2...], radix) : nil
    }

    @inline(__always)
    private static func value(of digit: UInt8) -> UInt64 {
        JSONGrammar.hexValue(digit).map { UInt64($0) } ?? 255
    }

    /// `[0-9]*(\.[0-9]*)?([eE][-+]?[0-9]+)?` with a digit before the exponent, as JSON spells it.
    private static func decimal(_ text: [UInt8], _ sign: [UInt8]) -> YAMLMeaning {
        var rest = text[...]
        let integer = rest.prefix(while: JSONGrammar.isDigit)
        rest = rest.dropFirst(integer.count)
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            fraction = rest.dropFirst().prefix(while: JSONGrammar.isDigit)
            rest = rest.dropFirst(1 + fraction.count)
        }
        guard !integer.isEmpty || !fraction.isEmpty else { return .string }
        if !rest.isEmpty {
            var exponent = rest.dropFirst()
            if exponent.first == UInt8(ascii: "+") || exponent.first == UInt8(ascii: "-") { exponent.removeFirst() }
            guard rest.first.map({ $0 | 0x20 }) == UInt8(ascii: "e"), !exponent.isEmpty,
                exponent.allSatisfy(JSONGrammar.isDigit)
            else { return .string }
        }
        var number = sign
        let digits = integer.drop { $0 == UInt8(ascii: "0") }
        number += digits.isEmpty ? [UInt8(ascii: "0")] : digits
        if !fraction.isEmpty { number += [UInt8(ascii: ".")] + fraction }
        return .respelled(number + rest)
    }
}
