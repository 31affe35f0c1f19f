/// Finds YAML texts that could make a small file mean a huge object: those in which something may be an alias.
///
/// An alias needs an anchor of the same name. So a text in which no word behind a `&` is also behind a `*` has none,
/// however it is quoted or nested; that is decided without a parser, in one pass over the bytes. The few harmless texts
/// that look alike (C code in an annotation) are refused too, and whoever reads says so.
public enum YAMLAliases {
    /// More different words behind `&` than any object has.
    private static let maxNames = 10_000

    public static func mayOccur(in text: [UInt8]) -> Bool {
        var anchors: Set<ArraySlice<UInt8>> = []
        var aliases: Set<ArraySlice<UInt8>> = []
        var index = 0
        while index < text.count {
            let byte = text[index]
            index += 1
            guard byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*") else { continue }
            let start = index
            while index < text.count, isNameByte(text[index]) { index += 1 }
            guard index > start else { continue }
            if byte == UInt8(ascii: "&") {
                anchors.insert(text[start..<index])
            } else {
                aliases.insert(text[start..<index])
            }
            if anchors.count > maxNames || aliases.count > maxNames { return true }
        }
        return !anchors.isDisjoint(with: aliases)
    }

    /// What libyaml takes for part of an anchor's name.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
}
