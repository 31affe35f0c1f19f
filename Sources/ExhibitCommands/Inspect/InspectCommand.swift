internal import ArgumentParser
internal import Bundle
internal import BundleFormat
internal import Cryptography
internal import Inspection
internal import StructuredText

/// `exhibit inspect`: the first view of a bundle.
struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Shows what a bundle is, whether it holds, what was captured and what not, and what looks bad.",
        discussion: """
            exhibit inspect case.tar.zst
            exhibit inspect case.tar.zst --expect SEALID --output json

            Works offline: nothing is asked of any cluster. The exit code is that of verify.
            """)

    @Argument(help: ArgumentHelp("A bundle file, or the folder it was unpacked to.", valueName: "bundle"))
    var bundle: String

    @OptionGroup(title: "If it is encrypted") var opening: IdentityFlags

    @OptionGroup(title: "Held against") var anchors: AnchorFlags

    @OptionGroup var records: RecordsFlags

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    func run() async throws {
        try await RenderingFailure.reporting("inspect", format) {
            let anchors = try self.anchors.anchors()
            let identities = try opening.identities(for: bundle)
            var verifier = Verifier(anchors: anchors.anchors, identities: identities)
            verifier.records = records.source
            let verification = try await verifier.verify(path: bundle)
            let verdict = RenderingVerification(verification: verification, anchors: anchors)
            var output = RenderingOutput()
            do {
                let overview = try await overview(identities)
                switch format {
                case .text:
                    let text = OverviewText(bundle: bundle, style: output.style, width: output.width)
                    try output.lines(text.lines(overview, verdict))
                case .json:
                    try output.json(OverviewJSON(bundle: bundle).value(overview, verdict.json))
                }
            } catch let error as BundleError {
                // So badly damaged that not even its opening record can be read: the verdict is all there is.
                switch format {
                case .text: try output.lines(verdict.lines(output.style))
                case .json: try output.json(["verification": verdict.json, "error": .string("\(error)")])
                }
            }
            do { try output.flush() } catch is OutputClosed {}
            return verdict.status
        }
    }

    private func overview(_ identities: [AgeIdentity]) async throws -> Overview {
        await OverviewReader(try await BundleReader(path: bundle, identities: identities)).read()
    }
}
