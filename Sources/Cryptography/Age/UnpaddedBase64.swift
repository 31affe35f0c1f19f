/// Base64 as age headers have it (C2SP age, "Conventions"): without padding, unused bits zero.
extension Base64 {
    private static let padding = UInt8(ascii: "=")

    static func encodeUnpadded(_ bytes: [UInt8]) -> [UInt8] {
        var text = encode(bytes)
        while text.last == padding { text.removeLast() }
        return text
    }

    /// The bytes that `text` stands for; nil unless it is canonical.
    static func decodeUnpadded(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard !text.contains(padding) else { return nil }
        switch text.count % 4 {
        case 0: return decode(text)
        case 2: return decode(Array(text) + [padding, padding])
        case 3: return decode(Array(text) + [padding])
        default: return nil
        }
    }
}
