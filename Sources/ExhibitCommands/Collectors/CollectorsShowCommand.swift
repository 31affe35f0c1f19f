internal import ArgumentParser
internal import Collection
internal import CollectorSteps
internal import StructuredText
internal import Terminal

/// `exhibit collectors show`: the definition of a collector.
struct CollectorsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows the definition of a collector, or how a file is understood.",
        discussion: """
            exhibit collectors show logs > logs.yaml            byte for byte
            exhibit collectors show logs --output json          as it is understood, with what it leaves to defaults
            exhibit collectors show ./nginx.yaml --output json  one of your own

            On a terminal, control characters are spelt out; elsewhere every byte is as written. Exit codes: 51 there is no
            collector of this name, 52 the file cannot be read or is no valid collector.
            """)

    @Argument(help: ArgumentHelp("A collector's name; with a / in it or .yaml behind it, a file.", valueName: "name"))
    var name: String

    @Option(name: .customLong("output"), help: "How it is printed: text (as it is) or json (as it is understood).")
    var format: OutputFormat = .text

    func run() async throws {
        try await RenderingFailure.reporting("collectors show", format) {
            let collector = try Self.collector(name)
            var output = RenderingOutput()
            switch format {
            case .text:
                let source = Array(collector.source.utf8)
                try output.bytes(output.isTerminal ? TerminalText.escaped(bytes: source) : source)
            case .json: try output.json(CollectorJSON.whole(collector))
            }
            try output.flush()
            return .ok
        }
    }

    private static func collector(_ name: String) throws -> CollectorDefinition {
        if name.contains("/") || name.hasSuffix(".yaml") {
            do {
                return try CollectorDefinitionDecoder(file: name, kinds: StepRegistry.kinds)
                    .decode(try DefinitionFile(reading: name).text)
            } catch {
                throw RenderingFailure(
                    badDefinition: error, suggestions: ["what a definition may say: exhibit collectors kinds"])
            }
        }
        let catalog = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds)
        guard let collector = catalog.collectors.first(where: { $0.name == name }) else {
            throw RenderingFailure(
                noCollector: "there is no collector \(name) in this program", name,
                among: catalog.collectors.map(\.name).sorted())
        }
        return collector
    }
}
