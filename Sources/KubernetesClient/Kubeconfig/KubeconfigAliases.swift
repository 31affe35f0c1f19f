/// Bounds what the aliases of a kubeconfig make of it: a few lines of them can mean a thing of 2⁴⁰ parts, over which a
/// parser that compares keys never ends.
enum KubeconfigAliases {
    /// Programs write none, people a few. Sixteen make a text at most 350 times larger.
    private static let most = 16
    /// Of a file with any, in bytes.
    private static let largest = 256 << 10

    /// Whether as many aliases may be in the text as are harmless. It is decided without a parser: an alias is a word
    /// behind `*` that is somewhere behind `&`, too.
    static func areHarmless(in text: [UInt8]) -> Bool {
        let anchors = Set(words(behind: UInt8(ascii: "&"), in: text))
        guard !anchors.isEmpty else { return true }
        let count = words(behind: UInt8(ascii: "*"), in: text).count { anchors.contains($0) }
        return count == 0 || count <= most && text.count <= largest
    }

    private static func words(behind mark: UInt8, in text: [UInt8]) -> [ArraySlice<UInt8>] {
        var words: [ArraySlice<UInt8>] = []
        var index = 0
        while let found = text[index...].firstIndex(of: mark) {
            let word = text[(found + 1)...].prefix(while: isNameByte)
            if !word.isEmpty { words.append(word) }
            index = found + 1
        }
        return words
    }

    /// What libyaml takes for part of an anchor's name.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
}
