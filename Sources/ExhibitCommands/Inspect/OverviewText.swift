internal import BundleFormat
internal import Inspection
internal import Terminal

/// An ``Overview`` for people. Every text that comes from the bundle is escaped here.
struct OverviewText {
    private static let maxPods = 30
    private static let maxGaps = 15
    private static let maxEvents = 12
    private static let maxProblems = 10

    /// As the caller named it.
    let bundle: String
    let style: TerminalStyle
    let width: Int?

    func lines(_ overview: Overview, _ verdict: RenderingVerification) -> [String] {
        var lines = identity(overview.opening)
        lines += title("VERDICT") + verdict.lines(style)
        lines += captured(overview) + gaps(overview.ledger) + pods(overview.pods) + events(overview.events)
        lines += problems(overview) + next(overview.next)
        return lines
    }

    // MARK: Identity

    private func identity(_ opening: OpeningRecord) -> [String] {
        let record = opening.caseRecord
        let cluster = opening.cluster
        let clusterParts = [cluster?.context, cluster?.server, cluster?.version].compactMap { $0 }
        let rows: [(String, String?)] = [
            ("case", join([record.id, record.evidence.map { "evidence \($0)" }])),
            ("purpose", record.purpose), ("authorised", record.authorisation), ("operator", record.operator),
            ("captured", "\(Timestamp.text(opening.started.wall))\(clock(opening.clock))"),
            ("targets", opening.targets.joined(separator: " ")),
            ("cluster", cluster.map { _ in clusterParts.joined(separator: "  ") }),
            ("clocks", ClockSkew(cluster)?.says("was", "that of the machine that captured, whose times are used here")),
            ("host", join([opening.host.hostname, opening.host.kernel])),
            ("tool", "\(opening.tool.name) \(opening.tool.version)"),
            ("touched", touch(opening)), ("sensitive", sensitive(opening)), ("bundle", opening.bundle.rawValue),
        ]
        return rows.compactMap { name, value in
            guard let value, !value.isEmpty else { return nil }
            return "\(style(.bold, DisplayWidth.padded(name, to: 12)))\(TerminalText.escaped(value))"
        }
    }

    private func join(_ parts: [String?]) -> String? {
        let parts = parts.compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private func clock(_ clock: OpeningRecord.Clock?) -> String {
        guard let clock else { return "" }
        return clock.synchronized ? " (clock synchronized)" : " (clock NOT synchronized: times may be off)"
    }

    private func sensitive(_ opening: OpeningRecord) -> String {
        let secrets = opening.secrets == .hashed ? "values of Secrets are keyed hashes" : "values of Secrets are in it"
        return "\(secrets); environment values in specs, command lines and logs are as they were"
    }

    private func touch(_ opening: OpeningRecord) -> String {
        let touch =
            switch opening.touch {
            case .none: "nothing was run in the target"
            case .exec: "commands may have run in containers: see meta/custody.jsonl"
            case .ephemeral: "ephemeral containers may have been added: see meta/custody.jsonl"
            case .agent: "an agent may have run on the nodes: see meta/custody.jsonl"
            }
        return opening.secrets == .included ? "\(touch); VALUES OF SECRETS ARE INCLUDED" : touch
    }

    // MARK: What was captured

    private func captured(_ overview: Overview) -> [String] {
        let ledger = overview.ledger
        var lines = title(
            "CAPTURED  "
                + [
                    Quantity.count(overview.payload.entries, "entry", "entries"),
                    Quantity.bytes(overview.payload.bytes),
                    Quantity.count(ledger.attempts, "attempt", "attempts"),
                ].joined(separator: ", "))
        let states = AttemptState.allCases.filter { (ledger.states[$0] ?? 0) > 0 }
        var table = TextTable(
            [TextTable.Column("COLLECTOR"), TextTable.Column("ENTRIES", .right), TextTable.Column("SIZE", .right)]
                + states.map { TextTable.Column($0.rawValue.uppercased(), .right) } + [TextTable.Column("CUT", .right)])
        for total in ledger.collectors.prefix(100) {
            var cells = [
                TextTable.Cell(total.collector), TextTable.Cell(Quantity.count(total.entries)),
                TextTable.Cell(Quantity.bytes(total.bytes)),
            ]
            for state in states {
                let count = total.states[state] ?? 0
                let isGood = state == .ok || state == .empty
                cells.append(TextTable.Cell(count == 0 ? "" : Quantity.count(count), isGood ? nil : .warning))
            }
            cells.append(TextTable.Cell(total.truncated == 0 ? "" : Quantity.count(total.truncated), .warning))
            table.append(cells)
        }
        lines += indented(table)
        return lines
    }

    private func gaps(_ ledger: LedgerSummary) -> [String] {
        let gaps = ledger.gaps
        guard !gaps.isEmpty else {
            return ledger.attempts == 0 ? [] : title("NOT CAPTURED  nothing: every attempt succeeded")
        }
        let total = gaps.reduce(0) { $0 + $1.count } + ledger.ungrouped
        var lines = title("NOT CAPTURED  \(Quantity.count(total, "attempt", "attempts"))")
        for gap in gaps.prefix(Self.maxGaps) {
            let isHarmless = gap.state == .missing || gap.state == .skipped
            let head = "\(Quantity.count(gap.count)) × \(gap.collector): \(gap.state.rawValue) \(gap.code)"
            lines.append("  " + style(isHarmless ? .dim : .warning, TerminalText.escaped(head)))
            for example in gap.examples.prefix(gap.count > 1 ? 2 : 1) {
                lines.append(fitted("      \(example.target): \(StepWords.prefix(example.step))\(example.message)"))
            }
            if gap.count > 2 { lines.append("      … and \(Quantity.count(gap.count - 2)) more") }
        }
        if gaps.count > Self.maxGaps {
            let left = Quantity.count(gaps.count - Self.maxGaps)
            lines.append("  … and \(left) other kinds: exhibit cat \(name) meta/ledger.jsonl")
        }
        return lines
    }

    // MARK: What looks bad

    private func pods(_ pods: Overview.Pods) -> [String] {
        guard pods.found > 0 else { return [] }
        let failing = pods.pods.filter { $0.status.concern == .failing }.count
        let state = failing == 0 ? "none failing" : "\(Quantity.count(failing)) not as they should be"
        let left = pods.left > 0 ? "; \(Quantity.count(pods.left)) were not read: too many for a first view" : ""
        var lines = title("PODS  \(Quantity.count(pods.found)), \(state)\(left)")
        var table = TextTable([
            TextTable.Column("NAMESPACE"), TextTable.Column("NAME"), TextTable.Column("READY", .right),
            TextTable.Column("STATUS"), TextTable.Column("RESTARTS", .right), TextTable.Column("LAST FAILURE"),
            TextTable.Column("NODE"),
        ])
        for pod in pods.pods.prefix(Self.maxPods) {
            let status = pod.status
            let role: TerminalStyle.Role? =
                switch status.concern {
                case .failing: .error
                case .restarted: .warning
                case .none: nil
                }
            let failure = status.lastFailure.map { end in
                "\(end.container): \(end.reason.isEmpty ? "exit" : end.reason) (\(end.exitCode))"
            }
            table.append([
                TextTable.Cell(status.namespace), TextTable.Cell(status.name),
                TextTable.Cell("\(status.ready)/\(status.containers)"), TextTable.Cell(status.status, role),
                TextTable.Cell(Quantity.count(status.restarts)), TextTable.Cell(failure ?? ""),
                TextTable.Cell(status.node),
            ])
        }
        lines += indented(table)
        if pods.pods.count > Self.maxPods {
            lines.append("  … and \(Quantity.count(pods.pods.count - Self.maxPods)) more")
        }
        return lines
    }

    private func events(_ events: Overview.Events) -> [String] {
        guard !events.lists.isEmpty || events.listsCut > 0 else { return [] }
        var amount = Quantity.count(events.groups.count, "kind", "kinds")
        amount += " in \(Quantity.count(events.read, "event", "events"))"
        if events.listsCut > 0 || events.left > 0 {
            let lists = Quantity.count(events.listsCut, "list", "lists")
            amount += "; too many for a first view: \(lists) and \(Quantity.count(events.left)) warnings were left out"
        }
        var lines = title("WARNINGS  \(amount)")
        var table = TextTable([
            TextTable.Column("COUNT", .right), TextTable.Column("LAST SEEN"), TextTable.Column("REASON"),
            TextTable.Column("OBJECT"), TextTable.Column("MESSAGE"),
        ])
        for group in events.groups.prefix(Self.maxEvents) {
            table.append([
                TextTable.Cell(Quantity.count(group.count)), TextTable.Cell(String(group.lastSeen.prefix(20))),
                TextTable.Cell(group.reason, .warning), TextTable.Cell(group.object), TextTable.Cell(group.message),
            ])
        }
        if !events.groups.isEmpty { lines += indented(table) }
        if events.groups.count > Self.maxEvents {
            lines.append("  … and \(Quantity.count(events.groups.count - Self.maxEvents)) more")
        }
        return lines
    }

    private func problems(_ overview: Overview) -> [String] {
        guard !overview.problems.isEmpty else { return [] }
        var lines = title("COULD NOT BE READ")
        for problem in overview.problems.prefix(Self.maxProblems) {
            lines.append("  " + style(.warning, fitted("\(problem.subject): \(problem.reason)", indent: 2)))
        }
        let left = overview.problems.count - Self.maxProblems + overview.problemsLeft
        if left > 0 { lines.append("  … and \(Quantity.count(left)) more") }
        return lines
    }

    private func next(_ steps: [NextStep]) -> [String] {
        guard !steps.isEmpty else { return [] }
        return title("LOOK AT NEXT")
            + steps.flatMap { step in
                [
                    "  \(style(.dim, fitted("# \(step.why)", indent: 2)))",
                    "  exhibit cat \(name) \(ShellText.quoted(step.path.rawValue))",
                ]
            }
    }

    // MARK: Form

    private var name: String { ShellText.quoted(bundle) }

    private func title(_ text: String) -> [String] { ["", style(.bold, text)] }

    private func indented(_ table: TextTable) -> [String] {
        table.lines(width: width.map { max(40, $0 - 2) }, style: style).map { "  \($0)" }
    }

    private func fitted(_ text: String, indent: Int = 0) -> String {
        let safe = TerminalText.escaped(text)
        return width.map { DisplayWidth.truncated(safe, to: max(20, $0 - indent)) } ?? safe
    }
}
