internal import Archive
internal import ArgumentParser
internal import Bundle
internal import Cryptography
internal import StructuredText
internal import Terminal

/// `exhibit repack`: the same bundle in another container, or compressed at another level.
struct RepackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repack",
        abstract: "Puts a bundle into another container, or compresses it at another level; the Seal ID stays.",
        discussion: """
            exhibit repack case.tar.zst --out case.tar.gz             for whoever has gzip and tar alone
            exhibit repack case.tar.zst --out small.tar.zst --level 19

            exhibit repack case.tar.zst.age --identity ~/.ssh/id_ed25519 --out case.tar.gz.age

            The tar stream stays the same, and with it seal, signatures and Seal ID. Records beside the bundle
            (case.tar.zst.attest) are folded into the new one behind its signatures; new records then go beside the new
            file. Those that do not belong to the bundle or do not hold are refused (16). The rest is judged as a container
            only: verify either file. An encrypted bundle stays so: to the same recipients, or to those of --encrypt-to.
            """)

    @Argument(help: ArgumentHelp("The bundle file.", valueName: "bundle"))
    var bundle: String

    @Option(
        name: [.customShort("o"), .customLong("out")],
        help: ArgumentHelp(
            "The new file (NAME.tar.zst, NAME.tar.gz or NAME.tar; with .age behind it if it is to be encrypted).",
            valueName: "file"))
    var out: String

    @OptionGroup(title: "If it is encrypted") var opening: IdentityFlags

    @OptionGroup(title: "Encryption of the new file") var encryption: NewEncryptionFlags

    @Option(
        help: ArgumentHelp(
            "Compression level: 1 to 19 for .tar.zst (default 1), 1 to 12 for .tar.gz (default 6).", valueName: "level")
    )
    var level: Int?

    @OptionGroup var records: RecordsFlags

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    func validate() throws {
        guard let name = BundleFileName(out) else {
            throw ValidationError(
                "\(out) is no name for a bundle: it must end in .tar.zst, .tar.gz or .tar, and .age if it is encrypted."
            )
        }
        let container = name.container
        guard let level else { return }
        guard container != .tar, container.levels.contains(level) else {
            throw ValidationError(
                container == .tar
                    ? "A .tar is not compressed: leave --level out."
                    : "--level of \(container.fileExtension) is from \(container.levels.lowerBound) to "
                        + "\(container.levels.upperBound).")
        }
    }

    func run() async throws {
        try await RenderingFailure.reporting("repack", format) {
            let choice = try encryption.choice(for: bundle, to: out)
            var repacker = Repacker(
                container: BundleFileName(out)?.container ?? .tarZstd, level: level,
                identities: try opening.identities(for: bundle), encryption: choice)
            repacker.records = records.source
            let repacked = try await Interruption.during { [repacker, bundle, out] in
                try await repacker.repack(from: bundle, to: out)
            }
            var output = RenderingOutput()
            switch format {
            case .text:
                let style = output.style
                try output.lines([
                    "\(style(.bold, "bundle"))   \(TerminalText.escaped(repacked.path)) "
                        + "(\(Quantity.bytes(repacked.size)), \(Quantity.bytes(repacked.tarLength)) uncompressed)",
                    "\(style(.bold, "Seal ID"))  \(repacked.sealID.map { "\($0)" } ?? "none: it has no seal")",
                ])
                if let count = repacked.foldedRecords {
                    try output.line(
                        "\(style(.bold, "records"))  \(Quantity.count(count, "record is", "records are")) in it now")
                }
                try output.lines([
                    "\(style(.bold, "next"))     exhibit verify \(ShellText.quoted(repacked.path))"
                ])
            case .json:
                try output.json([
                    "bundle": .string(repacked.path), "sealID": repacked.sealID.map { .string("\($0)") } ?? .null,
                    "sha256": .string(repacked.sha256.hex), "size": JSONValue(repacked.size),
                    "tarLength": JSONValue(repacked.tarLength),
                    "foldedRecords": repacked.foldedRecords.map { JSONValue($0) } ?? .null,
                ])
            }
            output.finish(saying: "\(repacked.path) is written")
            return .ok
        }
    }
}
