/// What bytes a YAML text may be made of: UTF-8 without what is a control or an invisible break.
enum YAMLText {
    /// Checks a whole text, so that nothing behind needs to look at controls and encoding again. True when it has carriage
    /// returns.
    static func check(_ bytes: Span<UInt8>) throws(YAMLError) -> Bool {
        var hasCarriageReturn = false
        var index = 0
        while index < bytes.count {
            if index + 8 <= bytes.count {
                let word = bytes.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
                if isPrintable(word) {
                    index += 8
                    continue
                }
            }
            let end = min(index + 8, bytes.count)
            while index < end {
                let byte = bytes[index]
                switch byte {
                case 0x20...0x7E, 0x09, 0x0A: index += 1
                case 0x0D:
                    hasCarriageReturn = true
                    index += 1
                case 0..<0x80:
                    throw YAMLError(.syntax, bytes, at: index, "a control character, which only an escape can give")
                default:
                    index += try scalarLength(bytes, at: index)
                }
            }
        }
        return hasCarriageReturn
    }

    /// With LF for each CR and CRLF.
    static func withLineFeeds(_ bytes: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        for index in 0..<bytes.count {
            let byte = bytes[index]
            if byte != 0x0D {
                text.append(byte)
            } else if index + 1 == bytes.count || bytes[index + 1] != 0x0A {
                text.append(0x0A)
            }
        }
        return text
    }

    /// Whether each byte is one of 0x20 to 0x7E.
    @inline(__always)
    private static func isPrintable(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // With no bit 7 set, bit 7 shows what adding 1 makes 0x80, and what subtracting 0x20 borrows for.
        return (word | (word &+ ones) | (word &- (0x20 &* ones))) & (0x80 &* ones) == 0
    }

    /// The length of the scalar that begins at `index`, beyond ASCII.
    private static func scalarLength(_ bytes: Span<UInt8>, at index: Int) throws(YAMLError) -> Int {
        let first = bytes[index]
        let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        guard (0xC2...0xF4).contains(first), index + length <= bytes.count else { throw notUTF8(bytes, index) }
        var value = UInt32(first) & (0x7F >> UInt32(length))
        for next in index + 1..<index + length {
            guard bytes[next] & 0xC0 == 0x80 else { throw notUTF8(bytes, index) }
            value = value << 6 | UInt32(bytes[next] & 0x3F)
        }
        guard value >= (length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000), Unicode.Scalar(value) != nil else {
            throw notUTF8(bytes, index)
        }
        switch value {
        case 0x85, 0x2028, 0x2029:
            throw YAMLError(.unsupported, bytes, at: index, "a line break to readers of YAML 1.1 alone, not escaped")
        case 0xFEFF where index > 0:
            throw YAMLError(.unsupported, bytes, at: index, "a byte order mark inside the text")
        case 0x80..<0xA0, 0xFFFE, 0xFFFF:
            throw YAMLError(.syntax, bytes, at: index, "a control character, which only an escape can give")
        default:
            return length
        }
    }

    private static func notUTF8(_ bytes: Span<UInt8>, _ index: Int) -> YAMLError {
        YAMLError(.syntax, bytes, at: index, "it is not UTF-8")
    }
}
