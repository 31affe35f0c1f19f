internal import ArgumentParser

/// `exhibit collectors lint`: whether definitions can be used.
struct CollectorsLintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Says what is wrong with definitions of collectors and profiles, and what is odd about them.",
        discussion: """
            exhibit collectors lint nginx.yaml
            exhibit collectors lint DIR               every *.yaml in the folder, and in its profiles/

            A line for each finding, FILE:LINE: first. An error means that the file cannot be used; of each file the first
            is told. A warning means that it can, but is hardly what was meant. Exit codes: 52 a file has an error; warnings
            alone are 0.
            """)

    @Argument(help: ArgumentHelp("Definitions, or folders of them.", valueName: "file"))
    var paths: [String]

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    func run() async throws {
        try await RenderingFailure.reporting("collectors lint", format) {
            var report = try LintReport(paths)
            await report.tryFindings()
            var output = RenderingOutput()
            switch format {
            case .text: try output.lines(report.lines(output.style))
            case .json: try output.json(report.json)
            }
            try output.flush()
            return report.status
        }
    }
}
