internal import ArgumentParser
internal import Bundle
internal import Cryptography
internal import StructuredText
internal import Terminal

/// `exhibit decrypt`: the bundle as it was before it was encrypted.
struct DecryptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decrypt",
        abstract: "Writes the bundle in an encrypted file to a file of its own; the Seal ID stays.",
        discussion: """
            exhibit decrypt case.tar.zst.age --identity ~/.ssh/id_ed25519
            exhibit decrypt case.tar.zst.age --passphrase-file FILE --out case.tar.zst

            Only the encryption is checked: that no chunk was altered and none is missing. Whether the bundle is intact, and
            whose it is, exhibit verify says. To read an encrypted bundle nothing need be decrypted to disk: verify, inspect,
            ls, cat, extract and repack take --identity, too.
            """)

    @Argument(help: ArgumentHelp("The encrypted bundle file.", valueName: "bundle"))
    var bundle: String

    @OptionGroup(title: "Opened with") var opening: IdentityFlags

    @Option(
        name: [.customShort("o"), .customLong("out")],
        help: ArgumentHelp("The new file; else BUNDLE without .age.", valueName: "file"))
    var out: String?

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    func validate() throws {
        let suffix = BundleFileName.encryptedExtension
        if out == nil, !bundle.hasSuffix(suffix) || bundle.count == suffix.count {
            throw ValidationError("\(bundle) does not end in .age: say with --out how the new file is to be called.")
        }
        if let out, out.hasSuffix(suffix) {
            throw ValidationError("\(out) ends in .age, but would not be encrypted.")
        }
    }

    func run() async throws {
        try await RenderingFailure.reporting("decrypt", format) {
            let destination = out ?? String(bundle.dropLast(BundleFileName.encryptedExtension.count))
            let identities = try opening.identities(for: bundle)
            let result = try await Interruption.during { [bundle] in
                try await FileEncryption.decrypt(from: bundle, to: destination, identities: identities)
            }
            RecordsLeft.note(of: bundle)
            var output = RenderingOutput()
            switch format {
            case .text:
                let style = output.style
                try output.lines([
                    "\(style(.bold, "bundle"))   \(TerminalText.escaped(result.path)) (\(Quantity.bytes(result.size)))",
                    "\(style(.bold, "checked"))  the encryption alone: all of it is there, unaltered since it was encrypted",
                    "\(style(.bold, "next"))     exhibit verify \(ShellText.quoted(result.path))",
                ])
            case .json:
                try output.json([
                    "bundle": .string(result.path), "sha256": .string(result.sha256.hex),
                    "size": JSONValue(result.size), "checked": "encryption",
                ])
            }
            output.finish(saying: "\(result.path) is written")
            return .ok
        }
    }
}
