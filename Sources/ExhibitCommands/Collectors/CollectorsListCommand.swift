internal import ArgumentParser
internal import Collection
internal import CollectorSteps
internal import StructuredText
internal import Terminal

/// `exhibit collectors list`: the collectors that are in the program.
struct CollectorsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the collectors in this program, in the order in which they capture.",
        discussion: """
            exhibit collectors list
            exhibit collectors list --output json | jq -r '.collectors[].name'

            Scope: what it is run for (once for each container, namespace …). Rank: its place in the order of volatility
            (RFC 3227); those of a lower one are captured first.
            """)

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    func run() async throws {
        try await RenderingFailure.reporting("collectors list", format) {
            let catalog = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds)
            var output = RenderingOutput()
            switch format {
            case .text: try output.lines(Self.table(catalog).lines(width: output.width, style: output.style))
            case .json:
                try output.json(["collectors": .array(catalog.collectors.map { CollectorJSON.summary($0) })])
            }
            try output.flush()
            return .ok
        }
    }

    private static func table(_ catalog: CollectorCatalog) -> TextTable {
        var table = TextTable([.init("NAME"), .init("SCOPE"), .init("RANK", .right), .init("TITLE")])
        for collector in catalog.collectors {
            table.append([
                "\(collector.name)", "\(collector.scope.rawValue)", "\(collector.volatility)", "\(collector.title)",
            ])
        }
        return table
    }
}
