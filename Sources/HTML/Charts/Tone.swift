/// What a colour stands for. ``Stylesheet/charts`` has the colours, for light and dark; they differ in lightness, too.
public enum Tone: Sendable, Hashable, CaseIterable {
    case error, warning, normal, good, accent, muted

    var fill: Attribute {
        switch self {
        case .error: .class("f-error")
        case .warning: .class("f-warning")
        case .normal: .class("f-normal")
        case .good: .class("f-good")
        case .accent: .class("f-accent")
        case .muted: .class("f-muted")
        }
    }

    var stroke: Attribute {
        switch self {
        case .error: .class("s-error")
        case .warning: .class("s-warning")
        case .normal: .class("s-normal")
        case .good: .class("s-good")
        case .accent: .class("s-accent")
        case .muted: .class("s-muted")
        }
    }
}

/// Shapes that charts are made of.
enum Shape {
    static func rect(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ attributes: [Attribute], round: Double = 0,
        _ content: HTML = .none
    ) -> HTML {
        HTML(
            .rect,
            [
                .number(.x, x), .number(.y, y), .number(.width, max(width, 0)), .number(.height, max(height, 0)),
            ] + (round > 0 ? [.number(.rx, round)] : []) + attributes, content)
    }

    static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: Attribute) -> HTML {
        HTML(
            .line, [.number(.x1, x1), .number(.y1, y1), .number(.x2, x2), .number(.y2, y2), style], .none)
    }

    enum Anchoring: String {
        case start, middle, end
    }

    static func text(
        _ x: Double, _ y: Double, _ text: String, _ style: Attribute, _ anchoring: Anchoring = .start
    ) -> HTML {
        HTML(
            .text,
            [.number(.x, x), .number(.y, y), style]
                + (anchoring == .start ? [] : [Attribute(.textAnchor, anchoring.rawValue)]), HTML(text))
    }

    /// A drawing with what it is called and what it shows in words.
    static func drawing(
        _ id: Anchor, title: String, says: String, width: Double, height: Double, _ content: HTML
    ) -> HTML {
        let (name, words) = (id.part("title"), id.part("desc"))
        return HTML(
            .svg,
            [
                Attribute(.xmlns, "http://www.w3.org/2000/svg"),
                Attribute(.viewBox, "0 0 \(Decimal.text(width)) \(Decimal.text(height))"), .role("img"),
                .labelled(by: name), Attribute(.describedBy, words.name), .class("chart"),
            ],
            [HTML(.title, [.id(name)], HTML(title)), HTML(.desc, [.id(words)], HTML(says)), content])
    }
}

extension Stylesheet {
    /// What charts need, and nothing else.
    public static let charts: StaticString = """
        :root{--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--paper:#fff;--error:#b3261e;--warning:#d98e04;--normal:#8aa8c7;
        --good:#2e7d4f;--accent:#3b5bdb;--muted:#b6bec7}
        @media (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#9aa4af;--line:#373e47;--paper:#14171b;--error:#ff7b72;
        --warning:#e3a008;--normal:#48658a;--good:#56b884;--accent:#8ea6ff;--muted:#4d5661}}
        @media print{:root{--ink:#000;--soft:#444;--line:#bbb;--paper:#fff;--error:#b3261e;--warning:#c47f00;--normal:#8aa8c7;
        --good:#2e7d4f;--accent:#3b5bdb;--muted:#b6bec7}}
        .chart{display:block;width:100%;height:auto;font:12px system-ui,sans-serif}
        .chart text{fill:var(--ink)}.chart .c-soft{fill:var(--soft);font-size:11px}.chart .c-bold{font-weight:600}
        .chart .c-small{font-size:10.5px;fill:var(--soft);paint-order:stroke;stroke:var(--paper);stroke-width:3px}
        .c-dashed path{stroke-dasharray:4 3}
        .c-axis{stroke:var(--line);stroke-width:1}.c-frame{fill:var(--paper);stroke:var(--soft)}
        .c-window{fill:var(--accent);opacity:.16}.c-hit{fill:transparent}
        .f-error{fill:var(--error)}.f-warning{fill:var(--warning)}.f-normal{fill:var(--normal)}.f-good{fill:var(--good)}
        .f-accent{fill:var(--accent)}.f-muted{fill:var(--muted)}
        .s-error,.s-warning,.s-normal,.s-good,.s-accent,.s-muted{fill:none;stroke-width:1.4}
        .s-error{stroke:var(--error);stroke-width:2.2}.s-warning{stroke:var(--warning);stroke-width:1.8}.s-normal{stroke:var(--normal)}
        .s-good{stroke:var(--good)}.s-accent{stroke:var(--accent)}.s-muted{stroke:var(--muted)}
        """
}
