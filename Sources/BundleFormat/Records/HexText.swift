internal import Cryptography

/// Lower-case hex text of a fixed length.
enum HexText {
    /// Reads 64 digits. Concrete where ``SHA256Digest`` is generic: an index has two digests a line.
    static func digest(_ digits: ArraySlice<UInt8>) -> SHA256Digest? {
        guard digits.count == 2 * SHA256Digest.count else { return nil }
        let bytes = [UInt8](unsafeUninitializedCapacity: SHA256Digest.count) { target, count in
            digits.withUnsafeBufferPointer { source in
                for index in 0..<SHA256Digest.count {
                    guard let high = value(source[2 * index]), let low = value(source[2 * index + 1]) else { return }
                    target.initializeElement(at: index, to: high << 4 | low)
                    count = index + 1
                }
            }
        }
        return SHA256Digest(bytes: bytes)
    }

    @inline(__always)
    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x57
        default: nil
        }
    }

    static func isLowerHex(_ text: String, count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy { $0 &- 0x30 < 10 || $0 &- 0x61 < 6 }
    }

    static func encode(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(2 * bytes.count)
        for byte in bytes {
            for nibble in [byte >> 4, byte & 15] { output.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble) }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
