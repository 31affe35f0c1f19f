internal import ArgumentParser
internal import Bundle
internal import BundleFormat

/// `exhibit note`: what somebody has to say about a bundle.
struct NoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "note",
        abstract: "Records a note about a bundle, or about one entry, beside it.",
        discussion: """
            exhibit note case.tar.zst "the second login is ours"
            exhibit note case.tar.zst "look at line 40" --entry data/host/journal.txt --key FILE

            The bundle is not verified. The note stands in plain text beside the bundle, of one that is encrypted, too. With a
            key the record is signed, and thereby all records before it. Exit codes: 16 the records there do not hold,
            47 recorded, but no time stamp could be had, 50 there is no such entry.
            """)

    @Argument(help: ArgumentHelp("A bundle file, or the folder it was unpacked to.", valueName: "bundle"))
    var bundle: String

    @Argument(help: "What there is to say.")
    var text: String

    @Option(help: ArgumentHelp("The entry that it is about, as `exhibit ls` names it.", valueName: "path"))
    var entry: String?

    @OptionGroup(title: "Signing") var signing: SigningFlags
    @OptionGroup var attesting: AttestFlags
    @OptionGroup(title: "Configuration") var configuration: ConfigurationFlags

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    func validate() throws {
        if entry != nil, bundle.hasSuffix(".age") { throw ValidationError(Self.leak) }
    }

    private static let leak = "--entry would put a name out of an encrypted bundle into a file that everybody can read."

    func run() async throws {
        try await RenderingFailure.reporting("note", format) {
            let standing = try configuration.read()
            let body = AttestationRecord.Body.note(text: text, entry: try await path())
            var attestor = attesting.attestor(bundle, standing)
            attestor.identities = try attesting.opening.identities(for: bundle)
            let addition = try await attestor.add(
                body, signedBy: try signing.signers(standing), stampedBy: try signing.timestamps(standing))
            return try AdditionReport(addition: addition, bundle: bundle).print(format)
        }
    }

    private func path() async throws -> EntryPath? {
        guard let entry else { return nil }
        // Whatever its name says.
        guard try EncryptedFile.header(path: bundle) == nil else { throw RenderingFailure(.usage, Self.leak) }
        let (line, near) = try await BundleReader(path: bundle).find(entry)
        guard let line else { throw RenderingFailure(missing: entry, near: near) }
        return line.path
    }
}
