internal import BundleFormat
internal import Collection

/// The reference of step kinds in Markdown: what docs/collector-reference.md has, and `exhibit collectors kinds`
/// prints.
enum StepKindReference {
    static func lines(_ kinds: [StepKind]) -> [String] {
        var lines: [String] = []
        for kind in kinds {
            if !lines.isEmpty { lines.append("") }
            lines += section(kind)
        }
        return lines
    }

    private static func section(_ kind: StepKind) -> [String] {
        var lines = [
            "### `\(kind.name)` (\(kind.scopes.map(\.rawValue).joined(separator: ", ")))", "", kind.summary, "",
        ]
        lines += options(kind)
        lines.append("- Output: \(kind.paths.map { "`\($0)`" }.joined(separator: ", ")), below `data/`")
        if kind.namesOutput { lines.append("- The step names its file by `output`") }
        lines.append(
            "- Who says it: \(kind.asksTarget ? "what answers in the pod (`in-container`), which is the attacker's if the pod is" : source(kind.source))"
        )
        lines.append("- Runs something in the target: \(touch(kind))")
        if kind.mustBeNamed || kind.scopes == [.local] {
            lines.append(
                "- Such a collector runs only when it is named: see [what is safe](collectors.md#what-is-safe)")
        }
        return lines
    }

    private static func options(_ kind: StepKind) -> [String] {
        guard !kind.options.isEmpty else { return ["No options.", ""] }
        let rows = kind.options.map { option in
            let type = option.isRequired ? "\(option.typeWords); required" : option.typeWords
            return "| `\(option.name)` | \(type) | \(option.summary) |"
        }
        return ["| option | type | meaning |", "|---|---|---|"] + rows + [""]
    }

    private static func touch(_ kind: StepKind) -> String {
        if kind.runsInTarget { return "yes; not with `--touch none`" }
        return kind.asksTarget ? "no, but it is asked, and sees that; not with `--touch none`" : "no"
    }

    private static func source(_ source: EvidenceSource) -> String {
        switch source {
        case .api: "the API server (`api`)"
        case .node: "the host itself (`node`)"
        case .inContainer: "the container's own tools (`in-container`), which are the attacker's if the container is"
        case .local: "the operator's machine (`local`)"
        }
    }
}
