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
        guard !findings.findings.isEmpty else {
            return [
                "none of \(findings.asked) rules has found anything: that is no proof that all is well. "
                    + "What was not captured is in the ledger (exhibit inspect)."
            ]
        }
        let counts = FindingSeverity.allCases.compactMap { severity -> String? in
            let more = findings.rules.filter { $0.severity == severity }.reduce(0) { $0 + $1.more }
            let count = standing.count { $0.severity == severity } + more
            return count > 0 ? "\(count) \(severity.rawValue)" : nil
        }
        let dismissed = findings.findings.count - standing.count
        let words = counts + (dismissed > 0 ? ["\(dismissed) dismissed"] : [])
        return groupLines + dismissedLines + ["", "\(words.joined(separator: ", ")), by \(findings.asked) rules"]
    }

    /// Those that nobody dismissed.
    private var standing: [Finding] { dismissals.split(findings.findings).standing }

    private var groupLines: [String] {
        var lines: [String] = []
        for group in OverviewText.groups(standing) {
            let role: TerminalStyle.Role =
                switch group[0].severity {
                case .critical: .error
                case .warning: .warning
                case .notice: .dim
                }
            lines.append(
                style(role, DisplayWidth.padded(group[0].severity.rawValue, to: 8)) + "  " + style(.bold, group[0].id))
            for finding in group.prefix(Self.shown) {
                lines.append("          " + TerminalText.escaped(finding.says))
                if let evidence = evidence(finding) { lines.append("            " + style(.dim, evidence)) }
            }
            let more = group.count - Self.shown + (findings.left[group[0].id] ?? 0)
            if more > 0 { lines.append("          … and \(more) more (--output json has \(group.count))") }
            lines.append("          → " + TerminalText.escaped(group[0].advice))
        }
        return lines
    }

    private var dismissedLines: [String] {
        dismissals.split(findings.findings).dismissed.map { dismissed in
            let dismissal = dismissed.dismissal
            return style(.dim, "dismissed ") + TerminalText.escaped(dismissed.finding.name.rawValue) + ": "
                + TerminalText.escaped(dismissal.text)
                + style(.dim, " (claimed by \(TerminalText.escaped(dismissal.by)), record \(dismissal.record)): ")
                + TerminalText.escaped(dismissed.finding.says)
        }
    }

    private func evidence(_ finding: Finding) -> String? {
        guard let entry = finding.evidence.entry else { return nil }
        let line = finding.evidence.line.map { ":\($0)" } ?? ""
        let source = finding.evidence.source.map { ", by the word of \($0)" } ?? ""
        return TerminalText.escaped(entry + line + source)
    }
}
