import Terminal
import Testing

@Suite("Terminal text")
struct TerminalTextTests {
    @Test(
        "spells out what could steer a terminal or mislead the eye",
        arguments: [
            ("plain ~ text", "plain ~ text"), ("\u{1B}[31mred\u{7}", #"\x1b[31mred\x07"#),
            ("a\r\nb\tc", #"a\x0d\x0ab\x09c"#),
            ("\u{7F}\u{9B}31m\u{85}", #"\x7f\x9b31m\x85"#), ("user\u{202E}txt.exe", #"user\u{202e}txt.exe"#),
            ("\u{2066}a\u{2069}", #"\u{2066}a\u{2069}"#),
            ("a\u{200B}b\u{200D}c\u{FEFF}", #"a\u{200b}b\u{200d}c\u{feff}"#),
            ("a\u{2028}b\u{AD}", #"a\u{2028}b\xad"#), ("é 日本 😀 e\u{301}", "é 日本 😀 e\u{301}"),
            ("\u{E0041}\u{3164}", #"\u{e0041}\u{3164}"#),
            ("a\\x1b", "a\\x1b"), ("", ""), ("\u{10FFFF}\u{0}", #"\u{10ffff}\x00"#),
        ])
    func escapes(text: String, expected: String) {
        #expect(TerminalText.escaped(text) == expected)
        #expect(String(decoding: TerminalText.escaped(bytes: text.utf8, keeping: []), as: UTF8.self) == expected)
    }

    @Test("keeps newline and tab when asked")
    func kept() {
        #expect(TerminalText.escaped("a\tb\nc\r", keeping: [.newline, .tab]) == "a\tb\nc\\x0d")
        #expect(TerminalText.escaped("a\tb\n", keeping: .newline) == "a\\x09b\n")
    }

    @Test("bytes that are not UTF-8 are shown one by one")
    func invalid() {
        func shown(_ bytes: [UInt8]) -> String { String(decoding: TerminalText.escaped(bytes: bytes), as: UTF8.self) }
        #expect(shown([0x61, 0xFF, 0x62, 0xC3]) == #"a\xffb\xc3"#)
        #expect(shown([0xC0, 0xAF]) == #"\xc0\xaf"#)
        #expect(shown([0xE0, 0x80, 0xAF]) == #"\xe0\x80\xaf"#)
        #expect(shown([0xED, 0xA0, 0x80]) == #"\xed\xa0\x80"#)
        #expect(shown([0xF4, 0x90, 0x80, 0x80]) == #"\xf4\x90\x80\x80"#)
        #expect(shown([0xE2, 0x82, 0x41]) == #"\xe2\x82A"#)
    }

    @Test("chunks may end anywhere", arguments: 1..<9)
    func chunks(size: Int) {
        let bytes = Array("aé日😀\u{1B}[0m\u{202E}".utf8) + [0xE2, 0x82, 0x0A, 0xF0, 0x9F]
        var filter = TerminalFilter()
        var output: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            filter.append(bytes[start..<min(start + size, bytes.count)], to: &output)
        }
        filter.finish(to: &output)
        #expect(String(decoding: output, as: UTF8.self) == "aé日😀\\x1b[0m\\u{202e}\\xe2\\x82\n\\xf0\\x9f")
    }

    @Test(
        "counts cells",
        arguments: [
            ("abc", 3), ("", 0), ("é", 1), ("e\u{301}", 1), ("日本語", 6), ("ｱ", 1), ("Ａ", 2), ("😀", 2), ("한국", 4),
            ("한", 2),
            ("…", 1), ("a\u{200B}b", 2), ("–", 1), ("🇩🇪", 2), ("ß\u{A0}", 2), ("नि", 2),
        ])
    func width(text: String, cells: Int) {
        #expect(DisplayWidth.of(text) == cells)
    }

    @Test("cuts to a width and pads")
    func fits() {
        #expect(DisplayWidth.truncated("abcdef", to: 6) == "abcdef")
        #expect(DisplayWidth.truncated("abcdef", to: 5) == "abcd…")
        #expect(DisplayWidth.truncated("日本語", to: 5) == "日本…")
        #expect(DisplayWidth.truncated("日本語", to: 4) == "日…")
        #expect(DisplayWidth.truncated("e\u{301}e\u{301}e\u{301}", to: 2) == "e\u{301}…")
        #expect(DisplayWidth.truncated("abc", to: 1) == "…")
        #expect(DisplayWidth.truncated("abc", to: 0) == "")
        #expect(DisplayWidth.padded("日", to: 4) == "日  ")
        #expect(DisplayWidth.padded("7", to: 3, alignedRight: true) == "  7")
        #expect(DisplayWidth.padded("long", to: 2) == "long")
    }
}
