internal import Inspection
internal import StructuredText
internal import Terminal

/// What two captures have otherwise, for people: what they are, one screen of counts, then the sections.
struct DiffText {
    /// Fields of one thing; the rest is counted.
    private static let mostFields = 12
    /// Of a value, in characters.
    private static let mostCharacters = 160
    private static let mostGaps = 15

    /// As the caller named them.
    let names: (old: String, new: String)
    let comparison: CaptureComparison
    let summary: ComparisonSummary
    let kept: [DifferenceSection: KeptDifferences.Section]
    let style: TerminalStyle
    let width: Int?

    var lines: [String] {
        var lines = side("A", names.old, comparison.oldSide) + side("B", names.new, comparison.newSide)
        lines += comparison.warnings.map { style(.warning, "!  " + TerminalText.escaped($0)) }
        lines.append("")
        lines += counts
        for section in DifferenceSection.allCases { lines += details(section) }
        return lines + gaps
    }

    // MARK: The first screen

    private func side(_ letter: String, _ name: String, _ side: ComparedCapture) -> [String] {
        var parts = [name, side.kind.words]
        if let text = side.facts["case"] { parts.append("case \(text)") }
        if let text = side.facts["started"] { parts.append("captured \(text.prefix(19))Z") }
        if let text = side.facts["targets"] { parts.append("of \(text)") }
        if let text = side.facts["cluster_server"] { parts.append("at \(text)") }
        var lines = [style(.bold, letter) + "  " + TerminalText.escaped(parts.joined(separator: ", "))]
        if let sealID = side.sealID {
            lines.append("   " + style(.dim, "Seal ID \(TerminalText.escaped(sealID)), not verified here"))
        }
        return lines
    }

    private var counts: [String] {
        let gaps = Dictionary(grouping: summary.notCompared, by: \.section).mapValues { $0.reduce(0) { $0 + $1.count } }
        var table = TextTable(
            [TextTable.Column("")]
                + ["NEW", "GONE", "CHANGED", "REPLACED", "SAME", "NOT COMPARED"].map {
                    TextTable.Column($0, .right)
                })
        for section in DifferenceSection.allCases {
            guard let counts = summary.counts[section] else { continue }
            func cell(_ count: Int, _ role: TerminalStyle.Role? = nil) -> TextTable.Cell {
                TextTable.Cell(count == 0 ? "" : Quantity.count(count), role)
            }
            table.append([
                TextTable.Cell(section.rawValue, counts.all > 0 ? .bold : .dim),
                cell(counts.added, section == .findings ? .error : .warning), cell(counts.removed),
                cell(counts.changed),
                cell(counts.replaced), cell(counts.same), cell(gaps[section] ?? 0, .warning),
            ])
        }
        var lines = table.lines(width: width, style: style)
        let noise = summary.counts.values.reduce(0) { $0 + $1.noise }
        if !summary.differ, summary.isWhole {
            lines += [
                "",
                summary.hasCompared
                    ? "what could be compared is the same in both"
                    : "there was nothing that both have and that could be compared",
            ]
        }
        if noise > 0 {
            lines.append("")
            lines.append(
                "\(Quantity.count(noise, "difference", "differences")) that any two captures have \(noise == 1 ? "is" : "are") not counted (--all)"
            )
        }
        return lines
    }

    // MARK: Sections

    private func details(_ section: DifferenceSection) -> [String] {
        guard let counts = summary.counts[section], counts.all > 0 || counts.failure != nil else { return [] }
        var lines = ["", style(.bold, section.rawValue.uppercased()) + "  " + section.title]
        if let failure = counts.failure {
            lines.append("  " + style(.warning, "not whole: \(TerminalText.escaped(failure))"))
        }
        let shown = kept[section]?.shown ?? []
        for difference in shown { lines += one(difference) }
        let replaced = kept[section]?.replaced ?? []
        for (first, count) in replaced {
            lines.append(
                "  " + style(.warning, "±") + " "
                    + fitted(
                        "\(place(first)): \(Quantity.count(count, "file", "files")) otherwise or gone with a container that was replaced, such as \(first.part("path") ?? "")",
                        indent: 4))
        }
        let left = counts.all - shown.count - replaced.reduce(0) { $0 + $1.count }
        if left > 0 {
            lines.append(
                "  … and \(Quantity.count(left)) more: --only \(section.rawValue), or --output json"
            )
        }
        return lines
    }

    private func one(_ difference: Difference) -> [String] {
        let (mark, role): (String, TerminalStyle.Role?) =
            switch difference.change {
            case .added: ("+", difference.section == .findings ? .error : .ok)
            case .removed: ("-", difference.section == .findings ? .ok : .error)
            case .changed: ("~", .warning)
            case .replaced: ("±", .warning)
            }
        var head = subject(difference)
        var fields = difference.fields
        let note = difference.note
        switch difference.section {
        // What a rule says is the difference itself.
        case .findings: fields = []
        case .objects: break
        // What is new or gone as a whole is said in one line.
        default:
            if difference.change == .added || difference.change == .removed {
                let facts = fields.compactMap { field in (field.new ?? field.old).map { "\(field.path) \(words($0))" } }
                if !facts.isEmpty { head += "  (\(facts.joined(separator: ", ")))" }
                fields = []
            }
        }
        var lines = ["  " + (role.map { style($0, mark) } ?? mark) + " " + fitted(head, indent: 4)]
        if difference.section == .findings, let says = difference.fields.first?.new ?? difference.fields.first?.old {
            lines.append("      " + fitted(words(says), indent: 6))
        }
        if let note { lines.append("      " + style(.dim, fitted(note, indent: 6))) }
        for field in fields.prefix(Self.mostFields) {
            // The text of an event is an example: it is not compared.
            let isExample = difference.section == .warnings && field.old == nil
            let text = isExample ? field.new.map(words) ?? "" : arrow(field)
            lines.append("      " + fitted("\(field.path): \(text)", indent: 6))
        }
        let more = fields.count - Self.mostFields + difference.left
        if more > 0 { lines.append("      … and \(Quantity.count(more, "field", "fields")) more: --output json") }
        return lines
    }

    /// `Deployment prod/api`, `prod Deployment/api, container api: talks to tcp 203.0.113.9:443`
    private func subject(_ difference: Difference) -> String {
        func part(_ name: String) -> String? { difference.part(name) }
        switch difference.section {
        case .objects:
            let group = part("group").map { ".\($0)" } ?? ""
            let name = part("workload").map { "of \($0)" } ?? part("name") ?? ""
            let place = part("namespace").map { part("workload") == nil ? "\($0)/\(name)" : "\(name) in \($0)" } ?? name
            return "\(part("kind") ?? "")\(group) \(place)"
        case .findings:
            let object = [part("namespace"), part("name")].compactMap { $0 }.joined(separator: "/")
            return [part("severity"), part("rule"), object, part("container").map { "container \($0)" }]
                .compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " ")
        case .warnings:
            let place = part("namespace").map { " in \($0)" } ?? ""
            return "\(part("reason") ?? "") of \(part("kind") ?? "")\(place)"
        case .rbac:
            let scope = part("namespace").map { "in \($0)" } ?? "in the whole cluster"
            return "\(part("subject") ?? ""): \(part("may") ?? "") \(scope)"
        default:
            let rest = difference.subject.filter { !["namespace", "workload", "container"].contains($0.name) }
                .map(\.value).joined(separator: " ")
            return [place(difference), rest].filter { !$0.isEmpty }.joined(separator: ": ")
        }
    }

    /// `prod/Deployment/api container main`
    private func place(_ difference: Difference) -> String {
        let owner = ["namespace", "workload"].compactMap { difference.part($0) }.joined(separator: "/")
        let container = difference.part("container").map { "container \($0)" }
        return [owner, container].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " ")
    }

    private func arrow(_ field: FieldDifference) -> String {
        switch (field.old, field.new) {
        case (let old?, let new?): "\(words(old)) → \(words(new))"
        case (nil, let new?): "+ \(words(new))"
        case (let old?, nil): "- \(words(old))"
        case (nil, nil): ""
        }
    }

    private func words(_ value: JSONValue) -> String {
        var text: String
        switch value {
        case .string(let string): text = string.isEmpty ? "\"\"" : string
        case .array(let values) where values.allSatisfy({ $0.string != nil }):
            text = values.compactMap(\.string).joined(separator: ", ")
        default: text = String(decoding: value.serialized(), as: UTF8.self)
        }
        if text.unicodeScalars.count > Self.mostCharacters {
            text = String(String.UnicodeScalarView(text.unicodeScalars.prefix(Self.mostCharacters))) + "…"
        }
        return text
    }

    // MARK: What could not be compared

    private var gaps: [String] {
        guard !summary.notCompared.isEmpty else { return [] }
        let total = summary.notCompared.reduce(0) { $0 + $1.count } + summary.notComparedLeft
        var lines = [
            "",
            style(.bold, "NOT COMPARED")
                + "  \(Quantity.count(total, "thing", "things")) that one capture has and the other did not look for",
        ]
        for gap in summary.notCompared.prefix(Self.mostGaps) {
            let place = gap.namespace.isEmpty ? "" : " in \(gap.namespace)"
            lines.append(
                "  "
                    + fitted(
                        "not captured in \(gap.missingIn.rawValue): \(gap.section.rawValue): \(Quantity.count(gap.count)) of \(gap.what)\(place) (\(gap.reason))",
                        indent: 2))
        }
        if summary.notCompared.count > Self.mostGaps {
            lines.append(
                "  … and \(Quantity.count(summary.notCompared.count - Self.mostGaps)) other kinds: --output json")
        }
        return lines
    }

    private func fitted(_ text: String, indent: Int) -> String {
        let safe = TerminalText.escaped(text)
        return width.map { DisplayWidth.truncated(safe, to: max(20, $0 - indent)) } ?? safe
    }
}
