internal import Archive
internal import ArgumentParser
internal import Collection
internal import CollectorSteps
internal import Glibc
internal import StructuredText
internal import Terminal

/// `exhibit collectors new`: a first draft of a definition.
struct CollectorsNewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Writes a first draft of a collector, with comments that say what to change.",
        discussion: """
            exhibit collectors new nginx                      to standard output
            exhibit collectors new nginx -o nginx.yaml        into a file
            exhibit collectors new nginx -o collectors/       into collectors/nginx.yaml
            exhibit collectors new quotas --scope namespace

            Nothing is ever replaced (42).
            """)

    @Argument(help: ArgumentHelp("Its name: 1 to 63 of a–z, 0–9 and -.", valueName: "name"))
    var name: String

    @Option(
        help: ArgumentHelp(
            "What it is run for: \(CollectorTemplate.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "scope"))
    var scope: CollectorTemplate = .container

    @Option(
        name: [.customShort("o"), .customLong("out")],
        help: ArgumentHelp("The file to write, or a folder ending in /; else standard output.", valueName: "file"))
    var out: String?

    @Option(name: .customLong("output"), help: "How the result is printed: text or json (with --out: where it is).")
    var format: OutputFormat = .text

    func validate() throws {
        guard CollectorDefinition.isName(name) else {
            throw ValidationError(
                "\(TerminalText.escaped(name)) is no name for a collector. Write 1 to 63 of a–z, 0–9 and -, not beginning with -."
            )
        }
    }

    func run() async throws {
        try await RenderingFailure.reporting("collectors new", format) {
            let text = scope.text(name: name)
            var output = RenderingOutput()
            guard let out else {
                switch format {
                case .text: try output.bytes(Array(text.utf8))
                case .json: try output.json(["name": .string(name), "text": .string(text)])
                }
                try output.flush()
                return .ok
            }
            let path = out.hasSuffix("/") ? "\(out)\(name).yaml" : out
            try Self.write(text, to: path)
            switch format {
            case .text:
                try output.line(
                    "\(output.style(.bold, "written"))  \(TerminalText.escaped(path)); when it is changed: "
                        + "exhibit collectors lint \(ShellText.quoted(path))")
            case .json: try output.json(["name": .string(name), "file": .string(path)])
            }
            output.finish(saying: "\(path) is written")
            return .ok
        }
    }

    private static func write(_ text: String, to path: String) throws {
        do {
            var file = try OutputFile(creating: path)
            do {
                try Array(text.utf8).withUnsafeBytes { try file.write($0) }
                try file.close()
            } catch {
                unlink(path)
                throw error
            }
        } catch let error as ArchiveError {
            throw RenderingFailure(
                error.code == .exists ? .outputExists : error.code == .noSpace ? .diskFull : .outputNotWritable,
                "\(error)")
        }
    }
}
