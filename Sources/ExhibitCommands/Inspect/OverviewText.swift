internal import BundleFormat
internal import Inspection
internal import Terminal

/// An ``Overview`` for people. Every text that comes from the bundle is escaped here.
struct OverviewText {
    /// As the caller named it.
    let bundle: String
    let style: TerminalStyle
    let width: Int?
    /// Everything, in place of what fits on a screen.
    var isWhole = false

    /// What matters most stands last, where a terminal ends.
    func lines(_ overview: Overview, _ verdict: RenderingVerification?) -> [String] {
        var lines = overview.opening.map(identity) ?? identity(overview)
        if let verdict { lines += title("VERDICT") + verdict.lines(style) }
        lines += captured(overview) + gaps(overview.ledger) + pods(overview.pods) + events(overview.events)
        lines += problems(overview) + findings(overview) + next(overview.next)
        return lines
    }

    /// How much of a list is shown.
    func most(_ short: Int, _ long: Int = .max) -> Int { isWhole ? long : short }

    // MARK: Identity

    private func identity(_ overview: Overview) -> [String] {
        let rows = [
            ("capture", "\(overview.kind.words): nothing vouches for it, it has neither hashes nor a seal"),
            ("lacks", overview.lacks.joined(separator: ", ")),
        ]
        return rows.filter { !$0.1.isEmpty }.map { name, value in
            style(.bold, DisplayWidth.padded(name, to: 12)) + fitted(value, indent: 12)
        }
    }

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
                + ([
                    Quantity.count(overview.payload.entries, "entry", "entries"),
                    Quantity.bytes(overview.payload.bytes),
                ]
                + (overview.opening == nil
                    ? []
                    : [
                        "\(Quantity.count(ledger.attempts, "attempt", "attempts")) by \(Quantity.count(ledger.collectors.count, "collector", "collectors"))"
                    ]))
                .joined(separator: ", "))
        guard isWhole, overview.opening != nil else { return lines }
        let states = AttemptState.allCases.filter { (ledger.states[$0] ?? 0) > 0 }
        var table = TextTable(
            [TextTable.Column("COLLECTOR"), TextTable.Column("ENTRIES", .right), TextTable.Column("SIZE", .right)]
                + states.map { TextTable.Column($0.rawValue.uppercased(), .right) } + [TextTable.Column("CUT", .right)])
        for total in ledger.collectors {
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
        for gap in gaps.prefix(most(4)) {
            let isHarmless = gap.state == .missing || gap.state == .skipped
            let head = "\(Quantity.count(gap.count)) × \(gap.collector): \(gap.state.rawValue) \(gap.code)"
            lines.append("  " + style(isHarmless ? .dim : .warning, fitted(head, indent: 2)))
            for example in gap.examples.prefix(gap.count > 1 ? most(1, 2) : 1) {
                lines.append(fitted("      \(example.target): \(StepWords.prefix(example.step))\(example.message)"))
            }
            if isWhole, gap.count > 2 { lines.append("      … and \(Quantity.count(gap.count - 2)) more") }
        }
        if gaps.count > most(4) {
            lines.append("  … and \(Quantity.count(gaps.count - most(4))) other kinds: exhibit inspect --all \(name)")
        }
        return lines
    }

    // MARK: Form

    /// Of a text that is not cut to a terminal's width, in cells: names in a capture may have any length.
    static let longest = 500

    var name: String { ShellText.quoted(bundle) }

    func title(_ text: String) -> [String] { ["", style(.bold, text)] }

    func indented(_ table: TextTable) -> [String] {
        table.lines(width: width.map { max(40, $0 - 2) }, longest: Self.longest, style: style).map { "  \($0)" }
    }

    func fitted(_ text: String, indent: Int = 0) -> String {
        let safe = TerminalText.escaped(text)
        return DisplayWidth.truncated(safe, to: width.map { max(20, $0 - indent) } ?? Self.longest)
    }
}
