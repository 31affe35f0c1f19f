internal import Terminal

/// A piece of a page. There is no way to put markup into one but by an ``Element`` and its ``Attribute``s: every text is
/// escaped as it comes in, whoever it is from.
///
/// ```swift
/// let row: HTML = HTML(.tr, [HTML(.th, [.scope(.row)], "pod"), HTML(.td, "\(name)")])
/// ```
public struct HTML: Sendable, Hashable, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral {
    /// UTF-8, escaped.
    public private(set) var bytes: [UInt8]

    private init(escaped bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Text. Controls but newline and tab, bidirectional controls and what is invisible are spelt out, as on a terminal.
    public init(_ text: String) {
        bytes = []
        Escape.append(text, to: &bytes)
    }

    public init(stringLiteral text: String) {
        self.init(text)
    }

    /// One piece after the other.
    public init(_ parts: [HTML]) {
        bytes = []
        bytes.reserveCapacity(parts.reduce(0) { $0 + $1.bytes.count })
        for part in parts { bytes += part.bytes }
    }

    public init(arrayLiteral parts: HTML...) {
        self.init(parts)
    }

    public init(_ element: Element, _ content: HTML) {
        self.init(element, [], content)
    }

    /// - Parameter content: what is in it; left out for an element that can have none.
    public init(_ element: Element, _ attributes: [Attribute], _ content: HTML) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(content.bytes.count + 32 + attributes.reduce(0) { $0 + $1.value.utf8.count + 16 })
        bytes.append(UInt8(ascii: "<"))
        bytes += element.rawValue.utf8
        for attribute in attributes {
            bytes.append(UInt8(ascii: " "))
            bytes += attribute.name.rawValue.utf8
            bytes += "=\"".utf8
            Escape.append(attribute.value, to: &bytes)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: ">"))
        if !element.isVoid {
            bytes += content.bytes
            bytes += "</".utf8
            bytes += element.rawValue.utf8
            bytes.append(UInt8(ascii: ">"))
        }
        self.init(escaped: bytes)
    }

    /// Nothing.
    public static let none = HTML(escaped: [])

    public var isEmpty: Bool { bytes.isEmpty }

    public static func + (left: HTML, right: HTML) -> HTML { HTML(escaped: left.bytes + right.bytes) }

    public static func += (left: inout HTML, right: HTML) { left.bytes += right.bytes }
}

extension HTML {
    /// The content of the one element that has raw text.
    init(_ style: Stylesheet) {
        bytes = Array("<style>".utf8) + style.text.utf8 + "</style>".utf8
    }
}

/// Text as it may stand between tags and in a quoted value alike.
enum Escape {
    static func append(_ text: String, to bytes: inout [UInt8]) {
        for byte in TerminalText.escaped(text, keeping: [.newline, .tab]).utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes += "&amp;".utf8
            case UInt8(ascii: "<"): bytes += "&lt;".utf8
            case UInt8(ascii: ">"): bytes += "&gt;".utf8
            case UInt8(ascii: "\""): bytes += "&quot;".utf8
            case UInt8(ascii: "'"): bytes += "&#39;".utf8
            default: bytes.append(byte)
            }
        }
    }
}
