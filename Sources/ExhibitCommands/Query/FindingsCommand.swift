internal import ArgumentParser
internal import BundleFormat
internal import Collection
internal import Inspection
internal import StructuredText
internal import Terminal

/// `exhibit findings`: what is wrong, as far as the rules know.
struct FindingsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "findings",
        abstract: "Says what is wrong in a bundle, or in a capture that another tool made, and what to look at next.",
        discussion: """
            exhibit findings case.tar.zst
            exhibit findings case.tar.zst --severity critical --output json
            exhibit findings case.tar.zst --rules                which rules there are, and what they ask
            exhibit note case.tar.zst "a test" --dismiss container-out-of-memory@prod/api-0/main      one that is none

            The rules are those of this program's collectors; docs/collectors.md says how they are written. A rule knows \
            what was captured, and nothing else: that none fires is no proof that all is well. What somebody dismissed is listed \
            apart, with who says so: whether to believe that, `exhibit custody log` tells.
            """)

    @Argument(
        help: ArgumentHelp("A bundle file or folder; or a must-gather, support bundle or dump.", valueName: "bundle"))
    var bundle: String?

    @Option(help: ArgumentHelp("At least as severe as this: critical, warning, notice.", valueName: "severity"))
    var severity: Level = .notice

    @Flag(help: "Lists the rules in place of asking them.")
    var rules = false

    @OptionGroup(title: "If it is encrypted") var opening: IdentityFlags
    @OptionGroup(title: "How it is read") var reading: DatabaseFlags
    @OptionGroup(title: "Dismissed findings") var records: RecordsFlags

    @Option(name: .customLong("output"), help: "How they are printed: text or json (an object a line).")
    var format: OutputFormat = .text

    enum Level: String, ExpressibleByArgument, CaseIterable {
        case critical, warning, notice

        var severity: FindingSeverity { FindingSeverity(rawValue: rawValue) ?? .notice }
    }

    func validate() throws {
        guard bundle != nil || rules else { throw ValidationError("which bundle is missing") }
    }

    func run() async throws {
        try await RenderingFailure.reporting("findings", format) {
            if rules { return try list(try await reading.rules()) }
            guard let bundle else { throw ValidationError("which bundle is missing") }
            let database = try await reading.open(bundle, try opening.identities(for: bundle))
            let dismissals = try database.dismissals(from: records.source)
            var findings = try await database.findings()
            findings.keep(severity.severity)
            var output = RenderingOutput()
            switch format {
            case .json:
                for finding in findings.findings { try output.json(Self.json(finding, dismissals[finding])) }
            case .text:
                let text = FindingsText(
                    findings: findings, dismissals: dismissals, style: output.style, width: output.width)
                try output.lines(text.lines)
            }
            try output.flush()
            for (rule, reason) in findings.failed.sorted(by: { $0.key < $1.key }) {
                RenderingFailure.note("the rule \(rule) could not be asked: \(reason)")
            }
            let status = try await database.conclude(bundle)
            return status == .ok && !findings.failed.isEmpty ? .notAllSearched : status
        }
    }

    private func list(_ recorded: [RecordedFindings]) throws -> ExitStatus {
        var output = RenderingOutput()
        for collector in recorded {
            for rule in collector.rules where rule.severity <= severity.severity {
                switch format {
                case .json:
                    try output.json([
                        "id": .string(rule.id), "severity": .string(rule.severity.rawValue),
                        "collector": .string(collector.collector), "says": .string(rule.says),
                        "advice": .string(rule.advice), "sql": .string(rule.sql),
                    ])
                case .text:
                    try output.line(
                        DisplayWidth.padded(rule.severity.rawValue, to: 8) + "  " + DisplayWidth.padded(rule.id, to: 32)
                            + "  " + rule.says)
                }
            }
        }
        try output.flush()
        return .ok
    }

    static func json(_ finding: Finding, _ dismissal: Dismissals.Dismissal? = nil) -> JSONValue {
        func text(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }
        return [
            "id": .string(finding.id), "severity": .string(finding.severity.rawValue),
            "collector": .string(finding.collector), "says": .string(finding.says), "advice": .string(finding.advice),
            "kind": text(finding.object.kind), "namespace": text(finding.object.namespace),
            "name": text(finding.object.name), "container": text(finding.object.container),
            "node": text(finding.object.node), "entry": text(finding.evidence.entry),
            "line": finding.evidence.line.map { JSONValue($0) } ?? .null, "source": text(finding.evidence.source),
            "ref": .string(finding.name.rawValue),
            "dismissed": dismissal.map { dismissal in
                [
                    "text": .string(dismissal.text), "by": .string(dismissal.by),
                    "time": .string(Timestamp.text(dismissal.time)), "record": JSONValue(Int(dismissal.record)),
                ]
            } ?? .null,
        ]
    }
}
