/// Scalars in single and in double quotes.
extension YAMLParser {
    /// Reads the scalar whose opening quote is at `position`, which is left behind the closing one. True when it stands in
    /// several lines.
    mutating func quoted(_ bytes: Span<UInt8>) throws(YAMLError) -> Bool {
        let open = position
        let quote = bytes[open]
        let isDouble = quote == 0x22
        var isFolded = false
        output.append(0x22)
        var index = open + 1
        // What is not yet appended begins here.
        var run = index
        while true {
            while index < bytes.count, Self.isSafeInQuotes(bytes[index]) { index += 1 }
            guard index < bytes.count else { throw YAMLError(.syntax, bytes, at: open, "a quote that is not closed") }
            let byte = bytes[index]
            switch byte {
            case quote where isDouble || index + 1 == bytes.count || bytes[index + 1] != quote:
                if run < index { bytes.append(run..<index, to: &output) }
                output.append(0x22)
                position = index + 1
                return isFolded
            case 0x0A, 0x09:
                let blanks = index
                while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
                if index < bytes.count, bytes[index] == 0x0A {
                    var end = blanks
                    while end > run, bytes[end - 1] == 0x20 { end -= 1 }
                    if run < end { bytes.append(run..<end, to: &output) }
                    appendFold(try lineEnds(bytes, &index, open))
                    isFolded = true
                } else {
                    appendEscaped(bytes, run..<index)
                }
                run = index
            case 0x5C where isDouble:
                if run < index { bytes.append(run..<index, to: &output) }
                index += 1
                if index < bytes.count, bytes[index] == 0x0A {
                    // The line end itself is escaped; blank lines behind it are not.
                    let breaks = try lineEnds(bytes, &index, open)
                    if breaks > 1 { appendFold(breaks) }
                    isFolded = true
                } else {
                    try escape(bytes, &index)
                }
                run = index
            case UInt8(ascii: "'") where !isDouble:
                index += 1
                bytes.append(run..<index, to: &output)
                index += 1
                run = index
            case 0x22, 0x5C:
                if run < index { bytes.append(run..<index, to: &output) }
                output.append(0x5C)
                output.append(byte)
                index += 1
                run = index
            default:
                index += 1
            }
        }
    }

    /// At a line end: passes over it, blank lines, and the blanks before the next text. The number of line ends.
    private func lineEnds(_ bytes: Span<UInt8>, _ index: inout Int, _ open: Int) throws(YAMLError) -> Int {
        var breaks = 0
        while index < bytes.count, bytes[index] == 0x0A {
            breaks += 1
            index += 1
            guard !isMarker(bytes, at: index) else {
                throw YAMLError(.syntax, bytes, at: open, "a quote that is not closed when the document ends")
            }
            while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
        }
        return breaks
    }

    /// The bytes that are the same in YAML and JSON: all but controls, quotes and `\`.
    @inline(__always)
    private static func isSafeInQuotes(_ byte: UInt8) -> Bool {
        let mask: UInt64 =
            switch byte >> 6 {
            case 0: 0xFFFF_FF7B_0000_0000
            case 1: 0xFFFF_FFFF_EFFF_FFFF
            default: .max
            }
        return mask &>> UInt64(byte & 63) & 1 == 1
    }

    // MARK: Escapes

    /// Decodes the escape whose letter is at `index`, which is left behind it.
    private mutating func escape(_ bytes: Span<UInt8>, _ index: inout Int) throws(YAMLError) {
        guard index < bytes.count else { throw YAMLError(.syntax, bytes, at: index, "the text ends in an escape") }
        let letter = bytes[index]
        index += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            output.append(0x5C)
            output.append(letter)
        case UInt8(ascii: "n"), UInt8(ascii: "t"), UInt8(ascii: "r"):
            output.append(0x5C)
            output.append(letter)
        case 0x09: append(#"\t"#)
        case 0x20: output.append(letter)
        case UInt8(ascii: "0"): append(scalar: "\0")
        case UInt8(ascii: "a"): append(scalar: "\u{7}")
        case UInt8(ascii: "b"): append(scalar: "\u{8}")
        case UInt8(ascii: "f"): append(scalar: "\u{C}")
        case UInt8(ascii: "v"): append(scalar: "\u{B}")
        case UInt8(ascii: "e"): append(scalar: "\u{1B}")
        case UInt8(ascii: "N"): append(scalar: "\u{85}")
        case UInt8(ascii: "_"): append(scalar: "\u{A0}")
        case UInt8(ascii: "L"): append(scalar: "\u{2028}")
        case UInt8(ascii: "P"): append(scalar: "\u{2029}")
        case UInt8(ascii: "x"): append(scalar: try codePoint(bytes, &index, digits: 2))
        case UInt8(ascii: "u"): append(scalar: try codePoint(bytes, &index, digits: 4))
        case UInt8(ascii: "U"): append(scalar: try codePoint(bytes, &index, digits: 8))
        case UInt8(ascii: "/"), UInt8(ascii: "'"):
            throw YAMLError(.unsupported, bytes, at: index, "an escape that not every reader knows")
        default:
            throw YAMLError(.syntax, bytes, at: index - 1, "this escape is not one of YAML's")
        }
    }

    private func codePoint(
        _ bytes: Span<UInt8>, _ index: inout Int, digits: Int
    ) throws(YAMLError) -> Unicode.Scalar {
        var value: UInt32 = 0
        let end = index + digits
        while index < end {
            guard index < bytes.count, let digit = JSONGrammar.hexValue(bytes[index]) else {
                throw YAMLError(.syntax, bytes, at: index, "this escape needs \(digits) hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw YAMLError(.syntax, bytes, at: index - 1, "this escape is of no character")
        }
        return scalar
    }

    /// Appends a code point as the inside of a JSON string, in the one spelling that ``JSONText`` has for it: keys are
    /// compared as they are spelt.
    private mutating func append(scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x09: append(#"\t"#)
        case 0x0A: append(#"\n"#)
        case 0x0D: append(#"\r"#)
        case 0x22: append(#"\""#)
        case 0x5C: append(#"\\"#)
        case 0..<0x20, 0x7F..<0xA0:
            append(#"\u00"#)
            output.append(JSONText.hexDigit(UInt8(truncatingIfNeeded: scalar.value >> 4)))
            output.append(JSONText.hexDigit(UInt8(truncatingIfNeeded: scalar.value & 15)))
        default:
            output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }
}
