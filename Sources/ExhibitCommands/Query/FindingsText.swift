internal import Collection
internal import Inspection
internal import Terminal

/// Findings for people: the most severe first, those of a rule together, each with where it stands.
struct FindingsText {
    /// Of a rule; the rest is counted.
    private static let shown = 5

    let findings: Findings
    let dismissals: Dismissals
    let style: TerminalStyle
    let width: Int?

    var lines: [String] {
        let (standing, dismissed) = dismissals.split(findings)
        guard !findings.findings.isEmpty else { return [Self.nothing(findings)] }
        let counts = FindingSeverity.allCases.compactMap { severity -> String? in
            let count = standing.count(of: severity)
            return count > 0 ? "\(Quantity.count(count)) \(severity.rawValue)" : nil
        }
        let words =
            counts + (dismissed.isEmpty ? [] : ["\(Quantity.count(dismissed.count)) dismissed"])
            + (findings.lessSevere > 0 ? ["\(Quantity.count(findings.lessSevere)) less severe left out"] : [])
        return groupLines(standing) + dismissed.map(line)
            + ["", "\(words.joined(separator: ", ")), by \(Quantity.count(findings.asked, "rule", "rules"))"]
    }

    /// What is said where there is none.
    static func nothing(_ findings: Findings) -> String {
        guard findings.findings.isEmpty else { return "all that was found is dismissed" }
        guard findings.lessSevere == 0 else {
            return "nothing as severe as was asked for; \(Quantity.count(findings.lessSevere)) less severe left out"
        }
        return
            "none of \(Quantity.count(findings.asked, "rule", "rules")) has found anything: that is no proof that all is well. "
            + "What was not captured is in the ledger (exhibit inspect)."
    }

    private func groupLines(_ standing: Findings) -> [String] {
        var lines: [String] = []
        for group in standing.byRule {
            lines.append(
                style(group[0].severity.role, DisplayWidth.padded(group[0].severity.rawValue, to: 8)) + "  "
                    + style(.bold, group[0].id))
            for finding in group.prefix(Self.shown) {
                lines.append("          " + TerminalText.escaped(finding.says))
                if let evidence = finding.evidence.words {
                    lines.append("            " + style(.dim, TerminalText.escaped(evidence)))
                }
            }
            let more = group.count - Self.shown + (findings.left[group[0].id] ?? 0)
            if more > 0 { lines.append("          … and \(more) more (--output json has \(group.count))") }
            lines.append("          → " + TerminalText.escaped(group[0].advice))
        }
        return lines
    }

    private func line(_ dismissed: DismissedFinding) -> String {
        let dismissal = dismissed.dismissal
        return style(.dim, "dismissed ") + TerminalText.escaped(dismissed.finding.name.rawValue) + ": "
            + TerminalText.escaped(dismissal.text)
            + style(.dim, " (claimed by \(TerminalText.escaped(dismissal.by)), record \(dismissal.record)): ")
            + TerminalText.escaped(dismissed.finding.says)
    }
}

extension FindingSeverity {
    var role: TerminalStyle.Role {
        switch self {
        case .critical: .error
        case .warning: .warning
        case .notice: .dim
        }
    }
}
