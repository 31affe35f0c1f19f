internal import ArgumentParser
internal import Collection
internal import CollectorSteps
internal import StructuredText
internal import Terminal

/// `exhibit collectors kinds`: what a step of a collector can do.
struct CollectorsKindsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kinds",
        abstract: "Says what each kind of step captures, its options, and where its output goes.",
        discussion: """
            exhibit collectors kinds            all of them, as in docs/collector-reference.md
            exhibit collectors kinds exec       one

            Exit codes: 51 there is no such kind.
            """)

    @Argument(help: ArgumentHelp("Only this kind.", valueName: "kind"))
    var name: String?

    @Option(name: .customLong("output"), help: "How the result is printed: text (Markdown) or json.")
    var format: OutputFormat = .text

    func run() async throws {
        try await RenderingFailure.reporting("collectors kinds", format) {
            let kinds = StepRegistry.kinds.all.filter { name == nil || $0.name == name }
            if let name, kinds.isEmpty {
                throw RenderingFailure(
                    noCollector: "there is no step kind \(name)", name,
                    among: Set(StepRegistry.kinds.all.map(\.name)).sorted())
            }
            var output = RenderingOutput()
            switch format {
            case .text: try output.lines(StepKindReference.lines(kinds))
            case .json: try output.json(["kinds": .array(kinds.map { CollectorJSON.kind($0) })])
            }
            try output.flush()
            return .ok
        }
    }
}

extension RenderingFailure {
    /// What is said of a definition, without what it could steer a terminal with.
    init(badDefinition error: DefinitionError, suggestions: [String] = []) {
        self.init(.badCollector, TerminalText.escaped("\(error)"), suggestions: suggestions)
    }

    /// There is none of this name; what was likely meant is proposed.
    init(noCollector message: String, _ name: String, among known: [String]) {
        let near = NameDistance.nearest(to: name, in: known)
        self.init(
            .noSuchCollector, message,
            suggestions: [near.map { "did you mean \($0)?" } ?? "there are: \(known.joined(separator: ", "))"])
    }
}
