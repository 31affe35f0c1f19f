internal import Collection
internal import Inspection
internal import Terminal

/// What looks bad, and what to look at.
extension OverviewText {
    func pods(_ pods: Overview.Pods) -> [String] {
        guard pods.found > 0 else { return [] }
        let state = pods.failing == 0 ? "none failing" : "\(Quantity.count(pods.failing)) not as they should be"
        var lines = title("PODS  \(Quantity.count(pods.found)), \(state)")
        // What is well is not worth the room.
        let shown = isWhole ? pods.pods : pods.pods.filter { $0.concern != .none }
        guard !shown.isEmpty else { return lines }
        var table = TextTable([
            TextTable.Column("NAMESPACE"), TextTable.Column("NAME"), TextTable.Column("READY", .right),
            TextTable.Column("STATUS"), TextTable.Column("RESTARTS", .right), TextTable.Column("LAST FAILURE"),
            TextTable.Column("NODE"),
        ])
        for pod in shown.prefix(most(8)) {
            let role: TerminalStyle.Role? =
                switch pod.concern {
                case .failing: .error
                case .restarted: .warning
                case .none: nil
                }
            let failure = pod.lastFailure.map { end in
                "\(end.container): \(end.reason.isEmpty ? "exit" : end.reason) (\(end.exitCode))"
            }
            table.append([
                TextTable.Cell(pod.namespace), TextTable.Cell(pod.name),
                TextTable.Cell("\(pod.ready)/\(pod.containers)"), TextTable.Cell(pod.status, role),
                TextTable.Cell(Quantity.count(pod.restarts)), TextTable.Cell(failure ?? ""),
                TextTable.Cell(pod.node),
            ])
        }
        lines += indented(table)
        lines += more(isWhole ? pods.found - pods.pods.count : shown.count - most(8), "exhibit inspect --all \(name)")
        return lines
    }

    func events(_ events: Overview.Events) -> [String] {
        guard events.found > 0 else { return [] }
        let kinds = Quantity.count(events.groupsFound, "kind", "kinds")
        var lines = title(
            "WARNINGS  \(kinds) in \(Quantity.count(events.warnings)) of \(Quantity.count(events.found, "event", "events"))"
        )
        guard !events.groups.isEmpty else { return lines }
        var table = TextTable([
            TextTable.Column("COUNT", .right), TextTable.Column("LAST SEEN"), TextTable.Column("REASON"),
            TextTable.Column("OBJECT"), TextTable.Column("MESSAGE"),
        ])
        for group in events.groups.prefix(most(4)) {
            table.append([
                TextTable.Cell(Quantity.count(group.count)), TextTable.Cell(String(group.lastSeen.prefix(20))),
                TextTable.Cell(group.reason, .warning), TextTable.Cell(group.object), TextTable.Cell(group.message),
            ])
        }
        lines += indented(table)
        lines += more(events.groupsFound - min(most(4), events.groups.count), "exhibit timeline \(name)")
        return lines
    }

    func problems(_ overview: Overview) -> [String] {
        guard !overview.problems.isEmpty else { return [] }
        var lines = title("COULD NOT BE READ")
        for problem in overview.problems.prefix(most(5)) {
            lines.append("  " + style(.warning, fitted("\(problem.subject): \(problem.reason)", indent: 2)))
        }
        let left = overview.problems.count - most(5) + overview.problemsLeft
        return lines + more(left, "exhibit query \(name) 'SELECT * FROM problems'")
    }

    // MARK: Findings

    func findings(_ overview: Overview) -> [String] {
        let findings = overview.findings
        let counts = FindingSeverity.allCases.compactMap { severity -> String? in
            let count = findings.count(of: severity)
            return count > 0 ? "\(Quantity.count(count)) \(severity.rawValue)" : nil
        }
        let dismissed = overview.dismissed.isEmpty ? [] : ["\(Quantity.count(overview.dismissed.count)) dismissed"]
        let failed =
            findings.failed.isEmpty
            ? [] : ["\(Quantity.count(findings.failed.count, "rule", "rules")) could not be asked"]
        let found = counts.isEmpty ? ["nothing by \(findings.asked) rules, which is no proof that all is well"] : counts
        var lines = title("FINDINGS  \((found + dismissed + failed).joined(separator: ", "))")
        let groups = findings.byRule
        for group in groups.prefix(most(10)) {
            guard let first = group.first else { continue }
            let others = group.count > 1 ? " (and \(Quantity.count(group.count - 1)) like it)" : ""
            lines.append(
                "  " + style(first.severity.role, DisplayWidth.padded(first.severity.rawValue, to: 8)) + "  "
                    + fitted(first.says + others, indent: 12))
        }
        for dismissed in overview.dismissed.prefix(most(5)) {
            lines.append(
                "  " + style(.dim, "dismissed ")
                    + fitted(
                        "\(dismissed.finding.name.rawValue): \(dismissed.dismissal.text) (claimed by \(dismissed.dismissal.by)): \(dismissed.finding.says)",
                        indent: 12))
        }
        if groups.count > most(10) {
            lines += more(groups.count - most(10), "exhibit findings \(name)")
        } else if !groups.isEmpty {
            lines.append("  what to do about them: exhibit findings \(name)")
        }
        return lines
    }

    func next(_ steps: [NextStep]) -> [String] {
        guard !steps.isEmpty else { return [] }
        return title("LOOK AT NEXT")
            + steps.flatMap { step in
                let line = step.line.map { " (line \($0))" } ?? ""
                let command = Self.command(step, bundle).map(Self.word).joined(separator: " ")
                return [
                    "  \(style(.dim, fitted("# \(step.why)\(line)", indent: 2)))",
                    command.utf8.count <= Self.longestCommand
                        ? "  \(command)"
                        : "  (too long a name for a command line: exhibit inspect --output json has it)",
                ]
            }
    }

    /// In bytes. A command that is cut would not work, or do something else.
    private static let longestCommand = 8 << 10

    /// Options stay as they are; what comes from the capture is quoted where a shell would read more into it.
    private static func word(_ word: String) -> String {
        ["-n", "-c", "-p"].contains(word) ? word : ShellText.quoted(word)
    }

    /// What shows it.
    static func command(_ step: NextStep, _ bundle: String) -> [String] {
        switch step.look {
        case .file(let path): return ["exhibit", "cat", bundle, path]
        case .log(let namespace, let pod, let container, let isPrevious):
            return ["exhibit", "logs", bundle, "-n", namespace, pod] + (container.map { ["-c", $0] } ?? [])
                + (isPrevious ? ["-p"] : [])
        case .object(let kind, let namespace, let name):
            func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }
            let place = namespace.map { " AND namespace = \(quoted($0))" } ?? ""
            return [
                "exhibit", "query", bundle,
                "SELECT json FROM objects WHERE kind = \(quoted(kind))\(place) AND name = \(quoted(name))",
            ]
        }
    }

    private func more(_ count: Int, _ command: String) -> [String] {
        count > 0 ? ["  … and \(Quantity.count(count)) more: \(command)"] : []
    }
}
