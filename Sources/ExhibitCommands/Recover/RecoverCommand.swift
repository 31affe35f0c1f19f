internal import ArgumentParser
internal import Bundle
internal import Settings

/// `exhibit recover`: seals what a killed capture left behind.
struct RecoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Seals what a capture left behind that was killed, or that could not seal itself.",
        discussion: """
            exhibit recover case.tar.zst.partial                      into case.tar.zst
            exhibit recover case.tar.zst.partial --out other.tar      under another name

            Everything that the last checkpoint proves is kept, byte for byte; attempts that had not ended are listed as
            such. Of an encrypted capture, --identity opens what is left, and the new bundle is encrypted to the same
            recipients, or to those of --encrypt-to. NAME.partial and NAME.partial.d are not changed: remove them once the new bundle is safe. Exit codes:
            25 recovered, 0 it had been sealed already and nothing was lost, 43 nothing in it is proved, 44 the capture
            still runs.
            """)

    @Argument(
        help: ArgumentHelp("What the capture left behind; NAME.partial.d is expected beside it.", valueName: "partial"))
    var partial: String

    @Option(
        name: [.customShort("o"), .customLong("out")],
        help: ArgumentHelp(
            "File (NAME.tar.zst, NAME.tar.gz or NAME.tar, and .age if it is encrypted); else NAME.", valueName: "file"))
    var out: String?

    @OptionGroup(title: "If it is encrypted") var opening: IdentityFlags

    @OptionGroup(title: "Encryption of the new file") var encryption: NewEncryptionFlags
    @OptionGroup(title: "Signing") var signing: SigningFlags
    @OptionGroup(title: "Configuration") var configuration: ConfigurationFlags

    @Option(
        name: .customLong("operator"),
        help: ArgumentHelp("Who recovers; else the user and host of this process.", valueName: "name"))
    var operatorName: String?

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    private static let suffix = ".partial"

    func validate() throws {
        if let out, BundleFileName(out) == nil {
            throw ValidationError(
                "\(out) is no name for a bundle: it must end in .tar.zst, .tar.gz or .tar, and .age if it is encrypted."
            )
        }
        if out == nil, !partial.hasSuffix(Self.suffix) || partial.count == Self.suffix.count {
            throw ValidationError(
                "\(partial) does not end in \(Self.suffix): say with --out how the bundle is to be called.")
        }
    }

    func run() async throws {
        try await RenderingFailure.reporting("recover", format) {
            let standing = try configuration.read()
            let name = operatorName ?? standing.operatorName ?? OperatorName.current(host: OperatorName.host)
            let output = out ?? String(partial.dropLast(Self.suffix.count))
            let choice = try encryption.choice(for: partial, to: output)
            let recovered = try await Recoverer(
                operator: name, tool: ToolIdentity.tool, identities: try opening.identities(for: partial),
                encryption: choice
            ).recover(
                partialPath: partial, outputPath: output, signers: try signing.signers(standing),
                timestamps: try signing.timestamps(standing))
            let report = RecoverReport(recovered: recovered, partial: partial)
            var rendering = RenderingOutput()
            switch format {
            case .text: try rendering.lines(report.lines(rendering.style))
            case .json: try rendering.json(report.json)
            }
            do {
                try rendering.flush()
            } catch {
                // The Seal ID is the one thing that cannot be had again.
                RenderingFailure.note(
                    "exhibit recover: sealed \(recovered.sealed.path), Seal ID \(recovered.sealed.sealID)")
            }
            return report.status
        }
    }
}
