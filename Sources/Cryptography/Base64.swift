/// Base64 (RFC 4648 section 4) in its one canonical form: padded, no white space, unused bits zero.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let pad = UInt8(ascii: "=")

    /// Appends the encoding of `bytes`; with `lineLength`, a LF after every so many characters and at the end.
    package static func append(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8], lineLength: Int? = nil) {
        output.reserveCapacity(output.count + bytes.count * 3 / 2 + 4)
        var column = 0
        func put(_ character: UInt8) {
            output.append(character)
            column += 1
            if column == lineLength {
                output.append(UInt8(ascii: "\n"))
                column = 0
            }
        }
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var word = UInt32(bytes[start]) << 16
            if count > 1 { word |= UInt32(bytes[start + 1]) << 8 }
            if count > 2 { word |= UInt32(bytes[start + 2]) }
            put(alphabet[Int(word >> 18)])
            put(alphabet[Int(word >> 12 & 63)])
            put(count > 1 ? alphabet[Int(word >> 6 & 63)] : pad)
            put(count > 2 ? alphabet[Int(word & 63)] : pad)
        }
        if lineLength != nil && column > 0 { output.append(UInt8(ascii: "\n")) }
    }

    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        bytes.withUnsafeBytes { append($0, to: &output) }
        return output
    }

    /// The bytes that `text` stands for; nil unless it is canonical.
    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var output = [UInt8](repeating: 0, count: text.count / 4 * 3)
        guard let count = output.withUnsafeMutableBytes({ decode(text, into: $0) }) else { return nil }
        output.removeLast(output.count - count)
        return output
    }

    /// Decodes into `output`, which has room for three bytes per four characters. CR and LF are passed over only where
    /// `skippingLineEnds` says so. The number of bytes written; nil unless the rest is canonical.
    static func decode(
        _ text: some Collection<UInt8>, into output: UnsafeMutableRawBufferPointer, skippingLineEnds: Bool = false
    ) -> Int? {
        var written = 0
        var word: UInt32 = 0
        var digits = 0
        var pads = 0
        for character in text {
            if skippingLineEnds && (character == UInt8(ascii: "\n") || character == UInt8(ascii: "\r")) { continue }
            // Only the last group may be padded: after a complete padded group nothing may come.
            if pads > 0 && digits + pads == 4 { return nil }
            if character == pad {
                guard digits >= 2 else { return nil }
                pads += 1
            } else {
                guard pads == 0, let value = value(of: character) else { return nil }
                word = word << 6 | UInt32(value)
                digits += 1
            }
            guard digits + pads == 4 else { continue }
            guard written + digits - 1 <= output.count else { return nil }
            let unused = 6 * UInt32(digits) - 8 * UInt32(digits - 1)
            guard word & (1 << unused - 1) == 0 || unused == 0 else { return nil }
            word >>= unused
            for index in (0..<digits - 1).reversed() {
                output[written] = UInt8(truncatingIfNeeded: word >> (8 * UInt32(index)))
                written += 1
            }
            word = 0
            if pads == 0 { digits = 0 }
        }
        return digits == 0 || digits + pads == 4 ? written : nil
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
