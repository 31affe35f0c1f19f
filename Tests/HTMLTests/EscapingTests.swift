import HTML
import Terminal
import TestSupport
import Testing

/// Whatever a text is, it stays one.
struct EscapingTests {
    private static let style = Stylesheet("p{color:red}", Stylesheet.charts)

    /// One text in every place that takes any.
    private func page(_ text: String) -> Page {
        Page(
            title: text, style: Self.style,
            body: [
                HTML(.p, [.label(text), .column(text)], HTML(text)), HTML(.table, HTML(.tr, HTML(.td, "\(text)"))),
                TimeChart(
                    title: text, says: text, buckets: [text], ticks: [(0, text)],
                    mark: TimeChart.Mark(from: 0, to: 1, label: text),
                    lanes: [TimeChart.Lane(text, [TimeChart.Series(text, .error, [3])])]
                ).html(Anchor("time")),
                BarChart(title: text, says: text, rows: [BarChart.Row(text, 3, note: text, .warning)])
                    .html(Anchor("bars")),
                LinkChart(
                    title: text, says: text, columns: [text],
                    nodes: [
                        LinkChart.Node(text, note: text, column: 0, .normal), LinkChart.Node(text, column: 0, .error),
                    ],
                    links: [LinkChart.Link(from: 0, to: 1, label: text, .error, isDashed: true)]
                ).html(Anchor("links")),
            ])
    }

    private func shape(_ page: ParsedPage) -> [String] {
        page.elements.map { "\($0.name) \($0.attributes.map { $0[0] }.joined(separator: " "))" }
    }

    @Test
    func everyCharacterClassStaysText() throws {
        let hostile = [
            "</title><script>alert(1)</script>", "</style><img src=x onerror=alert(1)>", "\"><img onerror=alert(1)>",
            "' onmouseover='alert(1)", "<!-- -->", "]]>", "<![CDATA[", "&lt;&amp;&#60;&", "javascript:alert(1)", "`",
            "\u{202E}txt.exe\u{202C}", "\u{200B}\u{FEFF}\u{2028}", "\0\u{1}\u{7F}\u{9B}", "a\r\nb\tc", "\u{FFFE}",
            "<svg/onload=alert(1)>", "\u{0301}\u{0301}", "日本語", "שלום",
        ].joined(separator: " ")
        let plain = try ParsedPage(page("plain").bytes)
        let parsed = try ParsedPage(page(hostile).bytes)
        #expect(parsed.unbalanced.isEmpty)
        #expect(shape(parsed) == shape(plain))
        let shown = TerminalText.escaped(hostile, keeping: [.newline, .tab])
        #expect(parsed.text.contains(shown))
        #expect(parsed.elements.first { $0.name == "p" }?.value("aria-label") == shown)
        #expect(
            !parsed.text.unicodeScalars.contains { $0 == "\u{202E}" || $0 == "\u{200B}" || $0 == "\0" || $0 == "\r" })
    }

    @Test
    func anyTextIsReadAsItWasMeant() throws {
        var random = SeededGenerator(seed: 0x48_54_4D_4C)
        let pieces: [Unicode.Scalar] = Array(
            "<>&\"'/=!-;#x0 \nab`\u{0}\u{1B}\u{7F}\u{85}\u{A0}\u{200F}\u{202E}\u{2029}\u{FFFD}\u{10FFFF}".unicodeScalars
        )
        var texts: [String] = []
        for _ in 0..<200 {
            var text = ""
            for _ in 0..<random.next(24) {
                if random.next(4) == 0, let scalar = Unicode.Scalar(UInt32(random.next(0x11_0000))) {
                    text.unicodeScalars.append(scalar)
                } else {
                    text.unicodeScalars.append(pieces[random.next(pieces.count)])
                }
            }
            texts.append(text)
        }
        let body = HTML(texts.map { HTML(.p, [.label($0)], HTML($0)) })
        let parsed = try ParsedPage(Page(title: "t", style: Self.style, body: body).bytes)
        let shown = texts.map { TerminalText.escaped($0, keeping: [.newline, .tab]) }
        #expect(parsed.unbalanced.isEmpty)
        #expect(parsed.elements.filter { $0.name == "p" }.map { $0.value("aria-label") } == shown)
        #expect(parsed.text.hasSuffix(shown.joined() + "\n"))
    }

    @Test
    func thePolicyAllowsTheOneStyleAlone() throws {
        let page = page("x")
        let parsed = try ParsedPage(page.bytes)
        let policy = try #require(
            parsed.elements.first { $0.value("http-equiv") == "Content-Security-Policy" }?.value("content"))
        #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
        #expect(policy == page.policy)
        #expect(!policy.contains("data:"))
        #expect(parsed.style.hasPrefix("p{color:red}"))
        #expect(parsed.elements.filter { $0.name == "style" }.count == 1)
        // RFC 4634's "abc" in base64.
        #expect(Stylesheet("abc").hash == "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")
        let names = Set(Element.allCases.map(\.rawValue))
        #expect(
            names.isDisjoint(with: [
                "script", "iframe", "object", "embed", "link", "base", "form", "style", "image", "img",
            ]))
    }
}
