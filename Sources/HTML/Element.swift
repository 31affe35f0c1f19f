/// The elements that a page can have: none that runs, loads or sends anything.
public enum Element: String, Sendable, Hashable, CaseIterable {
    case html, head, body, meta, title
    case main, header, footer, section, nav, article, aside
    case h1, h2, h3, h4
    case p, div, span, strong, em, small, code, pre, br, hr, bdi, time, abbr
    case ul, ol, li, dl, dt, dd
    case table, caption, thead, tbody, tr, th, td
    case a, figure, figcaption, details, summary
    case svg, g, rect, line, path, circle, text, desc

    var isVoid: Bool { self == .meta || self == .br || self == .hr }
}

/// An attribute of an ``Element``: none that holds a program, a style or an address outside the page.
public struct Attribute: Sendable, Hashable {
    enum Name: String {
        case `class`, id, href, lang, scope, colspan, role, tabindex, name, content, charset
        case httpEquiv = "http-equiv"
        case label = "aria-label"
        case labelledBy = "aria-labelledby"
        case describedBy = "aria-describedby"
        case column = "data-column"
        case viewBox, x, y, width, height, x1, y1, x2, y2, d, cx, cy, r, rx
        case textAnchor = "text-anchor"
        case xmlns
    }

    /// For what a header cell is.
    public enum Scope: String {
        case row, col
    }

    let name: Name
    let value: String

    init(_ name: Name, _ value: String) {
        self.name = name
        self.value = value
    }

    public static func `class`(_ names: StaticString) -> Attribute { Attribute(.class, "\(names)") }

    public static func id(_ anchor: Anchor) -> Attribute { Attribute(.id, anchor.name) }

    /// A link to a place in the same page.
    public static func link(to anchor: Anchor) -> Attribute { Attribute(.href, "#\(anchor.name)") }

    public static func scope(_ scope: Scope) -> Attribute { Attribute(.scope, scope.rawValue) }

    public static func columns(_ count: Int) -> Attribute { Attribute(.colspan, "\(count)") }

    public static func role(_ role: StaticString) -> Attribute { Attribute(.role, "\(role)") }

    /// What a program that reads aloud says in place of the content.
    public static func label(_ text: String) -> Attribute { Attribute(.label, text) }

    public static func labelled(by anchor: Anchor) -> Attribute { Attribute(.labelledBy, anchor.name) }

    /// The title of a cell's column, for a style that shows it beside the cell.
    public static func column(_ title: String) -> Attribute { Attribute(.column, title) }

    /// Can be reached, and so scrolled, by the keyboard.
    public static let focusable = Attribute(.tabindex, "0")

    /// A length or place in a drawing, with a tenth of its unit.
    static func number(_ name: Name, _ value: Double) -> Attribute { Attribute(name, Decimal.text(value)) }
}

/// A place in a page that can be linked to.
public struct Anchor: Sendable, Hashable {
    let name: String

    public init(_ name: StaticString, _ number: Int? = nil) {
        self.name = "\(name)" + (number.map { "-\($0)" } ?? "")
    }

    /// A place that belongs to it.
    func part(_ name: StaticString) -> Anchor { Anchor(raw: "\(self.name)-\(name)") }

    private init(raw name: String) {
        self.name = name
    }
}

/// Numbers of drawings.
enum Decimal {
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return "0" }
        let tenths = Int((min(max(value, -1e6), 1e6) * 10).rounded())
        let whole = "\(tenths < 0 ? "-" : "")\(tenths.magnitude / 10)"
        return tenths % 10 == 0 ? whole : "\(whole).\(tenths.magnitude % 10)"
    }
}
