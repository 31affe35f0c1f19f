internal import Cryptography

/// A whole page in one file: it asks for nothing, and a browser that keeps to its policy lets it ask for nothing.
public struct Page: Sendable {
    public let title: String
    public let style: Stylesheet
    public let body: HTML

    public init(title: String, style: Stylesheet, body: HTML) {
        self.title = title
        self.style = style
        self.body = body
    }

    /// What the page may do: show the one style sheet that is in it.
    public var policy: String {
        "default-src 'none'; style-src '\(style.hash)'; base-uri 'none'; form-action 'none'"
    }

    /// UTF-8.
    public var bytes: [UInt8] {
        let head = HTML(
            .head,
            [
                HTML(.meta, [Attribute(.charset, "utf-8")], .none),
                HTML(
                    .meta, [Attribute(.httpEquiv, "Content-Security-Policy"), Attribute(.content, policy)], .none),
                HTML(
                    .meta,
                    [Attribute(.name, "viewport"), Attribute(.content, "width=device-width, initial-scale=1")], .none),
                HTML(.meta, [Attribute(.name, "color-scheme"), Attribute(.content, "light dark")], .none),
                HTML(.meta, [Attribute(.name, "referrer"), Attribute(.content, "no-referrer")], .none),
                HTML(.title, HTML(title)), HTML(style),
            ])
        let page = HTML(.html, [Attribute(.lang, "en")], [head, "\n", HTML(.body, body)])
        return Array("<!DOCTYPE html>\n".utf8) + page.bytes + [0x0A]
    }
}

/// The style of a page. It is known when the program is compiled, and so has nothing of anybody else in it.
public struct Stylesheet: Sendable {
    let text: String

    public init(_ parts: StaticString...) {
        text = parts.map { "\($0)" }.joined(separator: "\n")
        precondition(!text.contains("</"), "a style sheet must not end its element")
    }

    /// As a content security policy names it.
    public var hash: String {
        let digest = SHA256.digest(of: Array(text.utf8))
        return "sha256-" + String(decoding: Base64.encode(digest.withUnsafeBytes { Array($0) }), as: UTF8.self)
    }
}
