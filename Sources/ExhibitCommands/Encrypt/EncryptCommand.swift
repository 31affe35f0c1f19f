internal import ArgumentParser
internal import Bundle
internal import Cryptography
internal import StructuredText
internal import Terminal

/// `exhibit encrypt`: a bundle for certain eyes only.
struct EncryptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encrypt",
        abstract: "Encrypts a bundle with age; the Seal ID stays.",
        discussion: """
            exhibit encrypt case.tar.zst --to age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p
            exhibit encrypt case.tar.zst --to alice.pub --to bob.pub      SSH keys (ssh-ed25519), or files of age1… lines
            exhibit encrypt case.tar.zst --passphrase                     asks on the terminal

            It is checked that it is a bundle, not that it is intact: exhibit verify says that of either file. The original
            stays where it is. Others open the new one with: age -d
            """)

    @Argument(help: ArgumentHelp("The bundle file.", valueName: "bundle"))
    var bundle: String

    @Option(
        help: ArgumentHelp(
            "age1…, 'ssh-ed25519 AAAA…', or a file of such lines (authorized_keys, id_ed25519.pub). Repeatable.",
            valueName: "recipient"))
    var to: [String] = []

    @Flag(help: "With a passphrase, for which the terminal is asked.")
    var passphrase = false

    @Option(help: ArgumentHelp("With the passphrase in the first line of this file.", valueName: "file"))
    var passphraseFile: String?

    @Option(
        name: [.customShort("o"), .customLong("out")],
        help: ArgumentHelp("The new file, which ends in .age; else BUNDLE.age.", valueName: "file"))
    var out: String?

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    private var destination: String { out ?? bundle + BundleFileName.encryptedExtension }

    func validate() throws {
        try Recipients.checkKinds(to, passphrase, passphraseFile)
        guard !to.isEmpty || passphrase || passphraseFile != nil else {
            throw ValidationError("Say to whom: --to RECIPIENT, or --passphrase.")
        }
        guard destination.hasSuffix(BundleFileName.encryptedExtension) else {
            throw ValidationError("\(destination) does not end in .age, as the name of an encrypted bundle does.")
        }
    }

    func run() async throws {
        try await RenderingFailure.reporting("encrypt", format) {
            guard try EncryptedFile.header(path: bundle) == nil else {
                throw RenderingFailure(
                    .usage,
                    "\(bundle) is encrypted already; to encrypt it to others: exhibit repack \(bundle) --identity FILE "
                        + "--encrypt-to RECIPIENT --out FILE")
            }
            let recipients = try Recipients.read(
                to, asking: passphrase, file: passphraseFile, instead: "--passphrase-file")
            let result = try await Interruption.during { [bundle, destination] in
                try await FileEncryption.encrypt(from: bundle, to: destination, recipients: recipients)
            }
            RecordsLeft.note(of: bundle)
            var output = RenderingOutput()
            switch format {
            case .text:
                let style = output.style
                let others = recipients.map { TerminalText.escaped($0.description) }
                try output.lines(
                    [
                        "\(style(.bold, "bundle"))   \(TerminalText.escaped(result.path)) (\(Quantity.bytes(result.size)))"
                    ]
                        + others.map { "\(style(.bold, "to"))       \($0)" }
                        + [
                            "\(style(.bold, "next"))     exhibit verify \(ShellText.quoted(result.path))"
                                + (passphrase || passphraseFile != nil ? "" : " --identity FILE")
                        ])
            case .json:
                try output.json([
                    "bundle": .string(result.path), "sha256": .string(result.sha256.hex),
                    "size": JSONValue(result.size),
                    "recipients": .array(recipients.map { .string($0.description) }),
                ])
            }
            output.finish(saying: "\(result.path) is written")
            return .ok
        }
    }
}
