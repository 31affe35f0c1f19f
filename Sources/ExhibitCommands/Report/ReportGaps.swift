internal import HTML
internal import Inspection
internal import SQLite
internal import Terminal

/// What is not in the capture, and what of it could not be read.
struct ReportGaps {
    let content: ReportContent
    let isBundle: Bool
    let tables: ReportTables

    var section: ReportPage.Section {
        let failed = content.gaps.rows.reduce(0) { total, row in
            let isHarmless = row[1].text == "missing" || row[1].text == "skipped"
            return isHarmless ? total : total + Int(row[3].integer ?? 0)
        }
        let all = content.gaps.rows.reduce(0) { $0 + Int($1[3].integer ?? 0) }
        let unread = content.problems.total + content.damageCount
        var parts: [String] = []
        if isBundle {
            parts.append(
                (content.gaps.left > 0 ? "at least " : "")
                    + "\(Quantity.count(all, "attempt", "attempts")) without result, \(Quantity.count(failed)) of them failed"
            )
        } else {
            parts.append("no ledger says")
        }
        if unread > 0 { parts.append("\(Quantity.count(unread)) could not be read") }
        return ReportPage.Section(
            anchor: Anchor("gaps"), title: "Not captured", summary: parts.joined(separator: "; "),
            tone: content.damageCount > 0 ? .error : failed > 0 || unread > 0 || !isBundle ? .warning : .good,
            content: html)
    }

    private var html: HTML {
        var html =
            isBundle
            ? tables.html(content.gaps, "What was asked for and not had", otherwise: "Every attempt succeeded.")
            : HTML(
                .p,
                "The tool that made it keeps no ledger of what it asked for and did not get"
                    + (content.facts["lacks"].map { ". It lacks \($0)." } ?? "."))
        if isBundle {
            html += HTML(
                .p, [.class("hint")],
                """
                “missing” and “skipped” are no failures: the thing was not there, or not asked for. The others are gaps: what they \
                would have shown is not known.
                """)
        }
        if content.damageCount > 0 {
            let files = content.damage.map { HTML(.li, [HTML(.code, HTML($0.path)), HTML(": \($0.reason)")]) }
            html += HTML(
                .div, [.class("box bad")],
                [
                    HTML(.h3, "Files that are not what was captured (\(Quantity.count(content.damageCount)))"),
                    HTML(.p, "What this page says of them is missing, or not to be relied on."), HTML(.ul, HTML(files)),
                ])
        }
        if content.problems.total > 0 || content.problems.failure != nil {
            html += HTML(.h3, "What could not be read")
            html += tables.html(content.problems, "What could not be read, or not wholly", otherwise: "")
        }
        return html
    }
}
