internal import ArgumentParser
internal import Collection
internal import Inspection
internal import Synchronization

/// `exhibit diff`: what two captures have otherwise.
struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Says what changed between two captures: bundles, or what other tools made.",
        discussion: """
            exhibit diff before.tar.zst after.tar.zst
            exhibit diff healthy.tar.zst sick.tar.zst -n prod --only objects,images
            exhibit diff before.tar.zst after.tar.zst --output json | jq 'select(.change == "added")'

            Objects are compared field by field, pods by the workload that they belong to. What one of the two did not \
            capture is not said to be new or gone: it is listed at the end. docs/diff.md says how each section is compared.
            """)

    @Argument(help: ArgumentHelp("The capture before: a bundle, must-gather, support bundle or dump.", valueName: "A"))
    var old: String

    @Argument(help: ArgumentHelp("The capture after.", valueName: "B"))
    var new: String

    @Option(
        help: ArgumentHelp(
            "Only these sections, with commas between them: \(DifferenceSection.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "sections"),
        transform: Self.sections)
    var only: [DifferenceSection] = DifferenceSection.allCases

    @Option(name: .shortAndLong, help: ArgumentHelp("Only of this namespace.", valueName: "namespace"))
    var namespace: String?

    @Flag(help: "Also what differs between any two captures: versions, times of heartbeats, numbers that count up.")
    var all = false

    @Flag(help: "Ends with exit code 58 when they differ, 57 when not all could be compared in time.")
    var exitCode = false

    @OptionGroup(title: "If they are encrypted") var opening: IdentityFlags
    @OptionGroup(title: "How they are read") var reading: DatabaseFlags

    @Option(
        name: .customLong("output"), help: "How it is printed: text or json (an object a difference, the summary last)."
    )
    var format: OutputFormat = .text

    @Sendable
    private static func sections(_ text: String) throws -> [DifferenceSection] {
        let names = DifferenceSection.allCases.map(\.rawValue).joined(separator: ", ")
        let sections = try text.split(separator: ",").map { word in
            guard let section = DifferenceSection(rawValue: String(word)) else {
                throw ValidationError(
                    "there is no section \(word): \(names)")
            }
            return section
        }
        guard !sections.isEmpty else { throw ValidationError("--only names no section: \(names)") }
        return sections
    }

    func run() async throws {
        try await RenderingFailure.reporting("diff", format) {
            let before = try await reading.open(old, try opening.identities(for: old))
            let after = try await reading.open(new, try opening.identities(for: new))
            var options = ComparisonOptions()
            options.sections = Set(only)
            options.namespace = namespace
            options.includesNoise = all
            let comparison = try await CaptureComparison(before, after, options: options)
            if let namespace, try await !comparison.has(namespace: namespace) {
                throw RenderingFailure(
                    .entryNotFound, "neither capture has anything of namespace \(namespace)",
                    suggestions: try await comparison.namespaces())
            }
            let summary = try await show(comparison)
            for (section, counts) in summary.counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                if let failure = counts.failure {
                    RenderingFailure.note("section \(section.rawValue) is not whole: \(failure)")
                }
            }
            let statuses = [try await before.conclude(old), try await after.conclude(new)]
            if let status = statuses.first(where: { $0 != .ok }) { return status }
            guard exitCode else { return .ok }
            return summary.differ ? .differ : summary.isWhole ? .ok : .queryLimit
        }
    }

    private func show(_ comparison: CaptureComparison) async throws -> ComparisonSummary {
        switch format {
        case .json:
            let output = Mutex(RenderingOutput())
            let summary = try await comparison.run { difference in
                try output.withLock { try $0.json(DiffJSON.value(difference)) }
            }
            try output.withLock { output in
                for gap in summary.notCompared { try output.json(DiffJSON.value(gap)) }
                try output.json(DiffJSON.value(summary, comparison))
                try output.flush()
            }
            return summary
        case .text:
            let isOverview = only.count == DifferenceSection.allCases.count
            let kept = KeptDifferences(isOverview ? 20 : 2_000, joinsReplaced: isOverview)
            let summary = try await comparison.run { kept.add($0) }
            var output = RenderingOutput()
            let text = DiffText(
                names: (old, new), comparison: comparison, summary: summary, kept: kept.sections, style: output.style,
                width: output.width)
            try output.lines(text.lines)
            try output.flush()
            return summary
        }
    }
}
