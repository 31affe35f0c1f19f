internal import Collection
internal import HTML
internal import Inspection
internal import Terminal

/// What looks bad: the most severe first, those of a rule together.
struct ReportFindings {
    /// Of a rule.
    private static let shown = 8
    private static let mostRules = 80

    let findings: Findings
    let dismissals: Dismissals
    let bundle: String

    var section: ReportPage.Section {
        let counts = FindingSeverity.allCases.compactMap { severity -> String? in
            let count = open.count(of: severity)
            return count > 0 ? "\(Quantity.count(count)) \(severity.rawValue)" : nil
        }
        let worst = open.findings.first?.severity
        return ReportPage.Section(
            anchor: Anchor("findings"), title: "Findings",
            summary: counts.isEmpty ? "nothing" : counts.joined(separator: ", "),
            tone: worst == .critical ? .error : worst == .warning ? .warning : nil, content: content)
    }

    private var open: Findings { dismissals.split(findings).standing }

    private var content: HTML {
        var html = HTML.none
        let groups = open.byRule
        for group in groups.prefix(Self.mostRules) { html += self.html(group) }
        if groups.isEmpty {
            html += HTML(
                .p, [.class("none")],
                HTML(FindingsText.nothing(findings)))
        }
        if groups.count > Self.mostRules {
            html += HTML(
                .p, [.class("left")],
                ["\(groups.count - Self.mostRules) more rules have found something: ", HTML(.code, HTML(command))])
        }
        for (rule, reason) in findings.failed.sorted(by: { $0.key < $1.key }) {
            html += HTML(.p, [.class("box warn")], "The rule \(rule) could not be asked: \(reason)")
        }
        return html + dismissed
    }

    private var command: String { "exhibit findings \(ShellText.quoted(bundle))" }

    private func html(_ group: [Inspection.Finding]) -> HTML {
        let first = group[0]
        let box: Attribute =
            switch first.severity {
            case .critical: .class("finding bad")
            case .warning: .class("finding warn")
            case .notice: .class("finding")
            }
        let items = group.prefix(Self.shown).map { HTML(.li, [HTML(ReportFindings.fitted($0.says)), place($0)]) }
        let more = group.count - items.count + (findings.left[first.id] ?? 0)
        let label = first.severity.rawValue
        return HTML(
            .article, [box],
            [
                HTML(.h3, [severity(first.severity), " ", HTML(first.id)]), HTML(.ul, HTML(Array(items))),
                more > 0
                    ? HTML(
                        .p, [.class("left")],
                        [
                            "\(Quantity.count(more)) more like it: ",
                            HTML(.code, "\(command) --severity \(label)"),
                        ]) : .none,
                HTML(.p, [.class("advice")], [HTML(.strong, "To do: "), HTML(ReportFindings.fitted(first.advice))]),
            ])
    }

    private func severity(_ severity: FindingSeverity) -> HTML {
        let label = HTML(severity.rawValue)
        return switch severity {
        case .critical: HTML(.span, [.class("badge bad")], label)
        case .warning: HTML(.span, [.class("badge warn")], label)
        case .notice: HTML(.span, [.class("badge")], label)
        }
    }

    /// Where it stands, and whose word that is.
    private func place(_ finding: Inspection.Finding) -> HTML {
        guard let entry = finding.evidence.entry else { return .none }
        let line = finding.evidence.line.map { ":\($0)" } ?? ""
        let source = finding.evidence.source.map { ", by the word of \($0)" } ?? ""
        return HTML(.div, [.class("place")], [HTML(.code, "\(entry)\(line)"), HTML(source)])
    }

    private var dismissed: HTML {
        let dismissed = dismissals.split(findings).dismissed
        guard !dismissed.isEmpty else { return .none }
        let items = dismissed.prefix(100).map { dismissal in
            HTML(
                .li,
                [
                    HTML(ReportFindings.fitted(dismissal.finding.says)), place(dismissal.finding),
                    HTML(
                        .div,
                        "Dismissed, claimed by \(dismissal.dismissal.by) (record \(dismissal.dismissal.record)): \(ReportFindings.fitted(dismissal.dismissal.text))"
                    ),
                ])
        }
        return [HTML(.h3, "Dismissed (\(dismissed.count))"), HTML(.ul, HTML(Array(items)))]
    }

    static func fitted(_ text: String) -> String {
        text.unicodeScalars.count > 600 ? String(text.unicodeScalars.prefix(600)) + "…" : text
    }
}
