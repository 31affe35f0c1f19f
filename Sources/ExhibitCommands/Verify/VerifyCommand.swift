internal import ArgumentParser
internal import Bundle
internal import Inspection

/// `exhibit verify`: is it the very file, untouched?
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Says whether a bundle is intact, complete, whose it is and of when.",
        discussion: """
            exhibit verify case.tar.zst --expect SEALID               the Seal ID from the ticket
            exhibit verify case.tar.zst --allowed-signers FILE        signed by someone who may
            exhibit verify case.tar.zst --ca ROOT --tsa-ca TSAROOT --require-signer email:ana@example.com
                                                                      by her certificate, with a time stamp
            exhibit verify case/                                      the folder it was unpacked to

            Each of them that is given must hold; where none is, those of the configuration file count, of which one is
            enough. Without any, the best verdict is "consistent, not authenticated" and the exit code 10: anyone can build a
            bundle. Exit codes: 0 authentic, 10 consistent, 11 altered or damaged, 12 incomplete, 13 not authentic,
            14 time, 15 no bundle, 16 records made after the seal do not hold (while all else does).
            """)

    @Argument(help: ArgumentHelp("A bundle file, or the folder it was unpacked to.", valueName: "bundle"))
    var bundle: String

    @OptionGroup(title: "If it is encrypted") var opening: IdentityFlags

    @OptionGroup(title: "Held against") var anchors: AnchorFlags

    @OptionGroup var records: RecordsFlags

    @OptionGroup var keeping: CacheFlags

    @Flag(help: "Also check every segment, which redacted copies are proved with.")
    var deep = false

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    func run() async throws {
        try await RenderingFailure.reporting("verify", format) {
            let anchors = try self.anchors.anchors()
            let identities = try opening.identities(for: bundle)
            var verifier = Verifier(anchors: anchors.anchors, deep: deep, identities: identities)
            verifier.records = records.source
            let verification = try await OpenedCapture.bundle(bundle, toBe: "verified") {
                try await verifier.verify(path: bundle)
            }
            keeping.verified?.keep(verification)
            let rendering = RenderingVerification(verification: verification, anchors: anchors)
            var output = RenderingOutput()
            switch format {
            case .text: try output.lines(rendering.lines(output.style))
            case .json: try output.json(rendering.json)
            }
            // The verdict counts, whether somebody still reads or not.
            do { try output.flush() } catch is OutputClosed {}
            return rendering.status
        }
    }
}
