internal import ArgumentParser
internal import Bundle
internal import BundleFormat
internal import Cryptography
internal import Inspection
internal import StructuredText
internal import Terminal

/// `exhibit ls`: which entries a bundle has.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "Lists the entries of a bundle, or of a capture that another tool made.",
        discussion: """
            exhibit ls case.tar.zst                              everything
            exhibit ls case.tar.zst namespaces/prod -l           a folder, with size, outcome and source
            exhibit ls case.tar.zst '**/previous.log'            a pattern: * and ? within a name, ** across names
            exhibit ls must-gather.tar.gz                        what oc, Troubleshoot, kubectl or Rancher captured
            """)

    @Argument(
        help: ArgumentHelp(
            "A bundle file, or the folder it was unpacked to; or a must-gather, support bundle or dump.",
            valueName: "bundle"))
    var bundle: String

    @Argument(help: ArgumentHelp("A path, folder or pattern; data/ in front may be left out.", valueName: "path"))
    var pattern: String?

    @Flag(name: [.customShort("l"), .long], help: "With size, how the attempt ended that made it, and who said it.")
    var long = false

    @OptionGroup(title: "If it is encrypted") var opening: IdentityFlags

    @Option(name: .customLong("output"), help: "How the result is printed: text or json (an object a line).")
    var format: OutputFormat = .text

    func run() async throws {
        try await RenderingFailure.reporting("ls", format) {
            let reader: BundleReader
            switch try await OpenedCapture.open(bundle, try opening.identities(for: bundle)) {
            case .bundle(let opened): reader = opened
            case .foreign(let capture):
                return try await ForeignListing(capture: capture, pattern: pattern, long: long, format: format).run()
            }
            let attempts = long || format == .json ? try await AttemptTable(reader) : nil
            let wanted = pattern.map { PathPattern($0) }
            var output = RenderingOutput()
            var count = 0
            try await reader.entries { line in
                guard wanted?.matches(line.path.rawValue) != false else { return }
                count += 1
                let attempt = attempts?[line.attempt]
                switch format {
                case .json: try output.json(Self.json(line, attempt))
                case .text where long: try output.line(Self.text(line, attempt, output.style))
                case .text: try output.line(line.path.rawValue)
                }
            }
            try output.flush()
            let unsealed = try await reader.unsealedFiles()
            for path in unsealed {
                RenderingFailure.note("\(path): it is not the one that was sealed: entries may be missing", .error)
            }
            if !unsealed.isEmpty { return .integrityFailed }
            if count == 0, let pattern {
                throw RenderingFailure(missing: pattern, near: try await reader.near(pattern))
            }
            return .ok
        }
    }

    /// Widths are fixed, so that a million lines stream. A path is plain ASCII by the format.
    private static func text(_ line: IndexLine, _ attempt: AttemptTable.Row?, _ style: TerminalStyle) -> String {
        let state = attempt?.state.rawValue ?? "-"
        let role: TerminalStyle.Role = attempt.map { $0.state == .ok || $0.state == .empty } ?? true ? .dim : .warning
        return DisplayWidth.padded(Quantity.bytes(line.size), to: 9, alignedRight: true) + "  "
            + style(role, DisplayWidth.padded(state, to: 7)) + "  "
            + DisplayWidth.padded(attempt?.source.rawValue ?? "-", to: 12) + "  " + line.path.rawValue
    }

    private static func json(_ line: IndexLine, _ attempt: AttemptTable.Row?) -> JSONValue {
        [
            "path": .string(line.path.rawValue), "size": JSONValue(line.size), "media": .string(line.media),
            "sha256": .string(line.sha256.hex), "attempt": JSONValue(line.attempt),
            "state": attempt.map { .string($0.state.rawValue) } ?? .null,
            "source": attempt.map { .string($0.source.rawValue) } ?? .null,
        ]
    }
}
