internal import BundleFormat
internal import Collection
internal import CollectorSteps
internal import StructuredText
internal import Terminal

/// `exhibit collectors test --conformance`: whether the plugins of a collector keep to what is asked of plugins.
struct ConformanceReport {
    private let collector: String
    private var plugins: [(name: String, findings: [PluginConformance.Finding])] = []

    /// Runs the plugins of the collector, one after another.
    ///
    /// - Throws: `RenderingFailure` when it has none, or one that may not run or is not there.
    static func make(
        _ definition: CollectorDefinition, _ options: LocalCapture.Options
    ) async throws -> ConformanceReport {
        var report = ConformanceReport(collector: definition.name)
        let suites = PluginConformance.all(definition, options)
        guard !suites.isEmpty else {
            throw RenderingFailure(
                .usage, "--conformance is for plugins, and the collector \(definition.name) has no step plugin")
        }
        for suite in suites {
            do {
                report.plugins.append((suite.plugin, try await suite.run()))
            } catch let failure as StepFailure {
                throw RenderingFailure(
                    .collectorFailed, "running \(suite.plugin): \(failure.outcome.reason?.message ?? "it failed")")
            }
        }
        return report
    }

    private init(collector: String) {
        self.collector = collector
    }

    private var faults: Int { plugins.reduce(0) { $0 + $1.findings.count { $0.words != nil } } }
    var status: ExitStatus { faults == 0 ? .ok : .collectorFailed }

    func lines(_ style: TerminalStyle) -> [String] {
        plugins.flatMap { plugin in
            ["\(TerminalText.escaped(plugin.name))"]
                + plugin.findings.flatMap { finding -> [String] in
                    guard let words = finding.words else { return [style(.dim, "none   \(finding.fault.rawValue)")] }
                    return [
                        style(.warning, "FAULT  \(finding.fault.rawValue)"), "       \(TerminalText.escaped(words))",
                    ]
                }
        } + [
            "\(TerminalText.escaped(collector)): "
                + (faults == 0 ? "conforms" : "\(Quantity.count(faults, "fault", "faults"))")
        ]
    }

    var json: JSONValue {
        [
            "collector": .string(collector),
            "plugins": .array(
                plugins.map { plugin in
                    [
                        "plugin": .string(plugin.name),
                        "findings": .array(
                            plugin.findings.map { finding in
                                [
                                    "fault": .string(finding.fault.rawValue), "conforms": .bool(finding.words == nil),
                                    "words": finding.words.map { .string($0) } ?? .null,
                                ]
                            }),
                    ]
                }), "exitCode": JSONValue(status.rawValue),
        ]
    }
}
