/// How scalars are spelt in YAML.
enum YAMLScalars {
    /// Appends a number as it came, except that an exponent gets the fraction and the sign without which YAML 1.1
    /// readers take it for a string.
    @inline(__always)
    static func append(number range: Range<Int>, of bytes: Span<UInt8>, to output: inout [UInt8]) {
        var exponent: Int?
        for index in range where bytes[index] | 0x20 == UInt8(ascii: "e") { exponent = index }
        guard let exponent else {
            bytes.append(range, to: &output)
            return
        }
        let mantissa = range.lowerBound..<exponent
        bytes.append(mantissa, to: &output)
        if !mantissa.contains(where: { bytes[$0] == UInt8(ascii: ".") }) { output.append(contentsOf: ".0".utf8) }
        output.append(bytes[exponent])
        if JSONGrammar.isDigit(bytes[exponent + 1]) { output.append(UInt8(ascii: "+")) }
        bytes.append(exponent + 1..<range.upperBound, to: &output)
    }

    /// Appends a string in double quotes, on one line.
    @inline(__always)
    static func append(quoted string: YAMLString, of bytes: Span<UInt8>, to output: inout [UInt8]) {
        output.append(0x22)
        if string.isVerbatim {
            bytes.append(string.content, to: &output)
        } else {
            appendEscaped(bytes, string.content, to: &output)
        }
        output.append(0x22)
    }

    private static func appendEscaped(_ bytes: Span<UInt8>, _ content: Range<Int>, to output: inout [UInt8]) {
        var index = content.lowerBound
        while index < content.upperBound {
            let start = index
            while index < content.upperBound, bytes[index] < 0x7F, bytes[index] != 0x5C { index += 1 }
            if start < index { bytes.append(start..<index, to: &output) }
            guard index < content.upperBound else { return }
            if bytes[index] == 0x5C {
                index = appendEscape(bytes, at: index, end: content.upperBound, to: &output)
            } else {
                let run = index
                while index < content.upperBound, bytes[index] >= 0x7F { index += 1 }
                for scalar in bytes.string(run..<index).unicodeScalars { append(scalar: scalar, to: &output) }
            }
        }
    }

    /// Appends the JSON escape at `index` as YAML and gives the index behind it.
    private static func appendEscape(
        _ bytes: Span<UInt8>, at index: Int, end: Int, to output: inout [UInt8]
    ) -> Int {
        let letter = bytes[index + 1]
        switch letter {
        case UInt8(ascii: "u"):
            let (scalar, next) = JSONGrammar.unicodeEscape(bytes, at: index, end: end)
            append(scalar: scalar, to: &output)
            return next
        case UInt8(ascii: "/"):
            // YAML 1.1 has no `\/`.
            output.append(letter)
        default:
            output.append(0x5C)
            output.append(letter)
        }
        return index + 2
    }

    /// Appends a code point inside double quotes, as itself or as an escape.
    private static func append(scalar: Unicode.Scalar, to output: inout [UInt8]) {
        switch scalar {
        case "\"", "\\":
            output.append(0x5C)
            output.append(UInt8(truncatingIfNeeded: scalar.value))
        case "\n": output.append(contentsOf: "\\n".utf8)
        case "\r": output.append(contentsOf: "\\r".utf8)
        case "\t": output.append(contentsOf: "\\t".utf8)
        case _ where isVisible(scalar):
            output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        default:
            let (letter, digits): (String, UInt32) =
                scalar.value < 0x100 ? ("\\x", 2) : scalar.value < 0x10000 ? ("\\u", 4) : ("\\U", 8)
            output.append(contentsOf: letter.utf8)
            for digit in (0..<digits).reversed() {
                output.append(JSONText.hexDigit(UInt8(truncatingIfNeeded: scalar.value >> (4 * digit) & 15)))
            }
        }
    }

    /// Whether a code point may stand in the text as itself: printable by YAML 1.1 and 1.2, no line break in either,
    /// nothing that hides or reorders what a person reads, and no noncharacter, which strict decoders of UTF-8 refuse.
    static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E: true
        case 0..<0xA0, 0xAD, 0x61C, 0x180E, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB,
            0xFDD0...0xFDEF, 0xE0000...0xE0FFF:
            false
        default: scalar.value & 0xFFFE != 0xFFFE
        }
    }
}
