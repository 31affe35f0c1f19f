/// A JSON string as the YAML emitter sees it: where it lies and how it may be written.
struct YAMLString {
    /// The content between the quotes, escapes and all.
    let content: Range<Int>
    /// Every reader takes the bare content for this very string, in block context.
    let isPlain: Bool
    /// Printable ASCII without escapes: may stand in double quotes byte for byte.
    let isVerbatim: Bool
    /// Holds an escaped line feed.
    let hasLineFeed: Bool

    /// A longer string is quoted: some readers match a plain scalar by a regular expression that ends after 32,766 bytes.
    private static let maxPlainBytes = 1_024

    /// Reads the string whose opening quote is at `position`, checks it against RFC 8259 and classifies it in the
    /// same pass.
    @inline(__always)
    static func scan(_ bytes: Span<UInt8>, _ position: inout Int) throws(JSONError) -> YAMLString {
        let start = position + 1
        var index = start
        var isPlain = true
        var isVerbatim = true
        var hasLineFeed = false
        while index < bytes.count {
            let byte = bytes[index]
            if isSafeInside(byte) {
                index += 1
                continue
            }
            switch byte {
            case 0x22:
                position = index + 1
                isPlain =
                    isPlain && index > start && index - start <= maxPlainBytes && isPlainAtEnds(bytes, start..<index)
                return YAMLString(
                    content: start..<index, isPlain: isPlain, isVerbatim: isVerbatim, hasLineFeed: hasLineFeed)
            case UInt8(ascii: ":"):
                index += 1
                // `: ` ends a key; what ends the string is looked at there.
                if index < bytes.count, bytes[index] == 0x20 { isPlain = false }
            case 0x5C:
                isPlain = false
                isVerbatim = false
                try JSONGrammar.skipEscape(bytes, &index)
                // The letter of a two-byte escape: `\n`.
                hasLineFeed = hasLineFeed || bytes[index - 1] == UInt8(ascii: "n") && bytes[index - 2] == 0x5C
            case 0..<0x20:
                throw JSONError(code: .syntax, offset: index, message: "a control character in a string is not escaped")
            default:
                isPlain = false
                if byte >= 0x7F { isVerbatim = false }
                index += 1
            }
        }
        throw JSONGrammar.truncated(bytes.count, in: "a string")
    }

    /// The bytes that may stand anywhere inside a plain scalar in block context: letters, digits, space and
    /// `!$%&'()*+,-./;<=>?@[]^_{|}~`. `:` and `#` are looked at apart, `` ` `` is left to quotes.
    @inline(__always)
    private static func isSafeInside(_ byte: UInt8) -> Bool {
        let mask: UInt64 =
            switch byte >> 6 {
            case 0: 0xFBFF_FFF3_0000_0000
            case 1: 0x7FFF_FFFE_EFFF_FFFF
            default: 0
            }
        return mask &>> UInt64(byte & 63) & 1 == 1
    }

    /// The first byte must be a letter or `/`, the last no space or colon, and the whole no word with a meaning.
    @inline(__always)
    private static func isPlainAtEnds(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        let first = bytes[range.lowerBound]
        let last = bytes[range.upperBound - 1]
        guard first | 0x20 &- 0x61 < 26 || first == UInt8(ascii: "/") else { return false }
        guard last != 0x20, last != UInt8(ascii: ":") else { return false }
        return range.count > 5 || !isReserved(bytes, range)
    }

    /// The words that YAML 1.1 takes for a boolean or null, in whatever case.
    private static func isReserved(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var word: UInt64 = 0
        for index in range { word = word << 8 | UInt64(bytes[index] | 0x20) }
        switch word {
        case packed("y"), packed("n"), packed("yes"), packed("no"), packed("on"), packed("off"), packed("null"),
            packed("true"), packed("false"):
            return true
        default:
            return false
        }
    }

    @inline(__always)
    private static func packed(_ word: StaticString) -> UInt64 {
        UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
