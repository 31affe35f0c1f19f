internal import ArgumentParser
internal import Bundle
internal import BundleFormat
internal import StructuredText
internal import Terminal

/// `exhibit custody log`: what the capture did to its target, and what happened to the bundle since, in one timeline.
struct CustodyLogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Shows what the capture did, and what happened to the bundle since, with who vouches for it.",
        discussion: """
            exhibit custody log case.tar.zst --allowed-signers FILE

            The bundle and its records are verified; the exit code is that of verify. Names, places and times are claims of
            whoever made the record, unless somebody is named who vouches for it.
            """)

    @Argument(help: ArgumentHelp("A bundle file, or the folder it was unpacked to.", valueName: "bundle"))
    var bundle: String

    @OptionGroup(title: "If it is encrypted") var opening: IdentityFlags
    @OptionGroup var records: RecordsFlags
    @OptionGroup(title: "Held against") var anchors: AnchorFlags

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    func run() async throws {
        try await RenderingFailure.reporting("custody log", format) {
            let used = try anchors.anchors()
            let identities = try opening.identities(for: bundle)
            var verifier = Verifier(anchors: used.anchors, identities: identities)
            verifier.records = records.source
            let verification = try await verifier.verify(path: bundle)
            let rendering = RenderingVerification(verification: verification, anchors: used)
            var lines: [CustodyLine] = []
            var unreadable: String?
            do {
                try await BundleReader(path: bundle, identities: identities).custody { lines.append($0) }
            } catch let error as BundleError {
                unreadable = "\(error)"
            }
            let log = CustodyLog(verification: verification, lines: lines, unreadable: unreadable)
            var output = RenderingOutput()
            switch format {
            case .text:
                try output.lines(log.lines(output.style) + rendering.recordLines(output.style))
                try output.line("verdict       \(rendering.verdict(output.style))")
            case .json: try output.json(log.json(rendering))
            }
            do { try output.flush() } catch is OutputClosed {}
            return rendering.status
        }
    }
}
