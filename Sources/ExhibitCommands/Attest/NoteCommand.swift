internal import ArgumentParser
internal import Bundle
internal import BundleFormat
internal import Inspection

/// `exhibit note`: what somebody has to say about a bundle.
struct NoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "note",
        abstract: "Records a note about a bundle, or about one entry, beside it.",
        discussion: """
            exhibit note case.tar.zst "the second login is ours"
            exhibit note case.tar.zst "look at line 40" --entry data/host/journal.txt --key FILE
            exhibit note case.tar.zst "a load test" --dismiss container-out-of-memory@prod/api-0/main

            With --dismiss it says why a finding is none: `findings`, `inspect` and `report` then list it apart. RULE alone \
            dismisses all of a rule. The last note about a finding counts. Of an encrypted bundle the record says, in plain text, \
            that this finding is in it.

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

    @Option(
        help: ArgumentHelp(
            "The finding that is none: RULE, or RULE@OBJECT as `exhibit findings --output json` has it under ref.",
            valueName: "finding"))
    var dismiss: String?

    @OptionGroup(title: "How it is read") var reading: DatabaseFlags
    @OptionGroup(title: "Signing") var signing: SigningFlags
    @OptionGroup var attesting: AttestFlags
    @OptionGroup(title: "Configuration") var configuration: ConfigurationFlags

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    func validate() throws {
        if namesContent, bundle.hasSuffix(".age") { throw ValidationError(Self.leak) }
    }

    /// Whether the record would have a name in it that is in the bundle.
    private var namesContent: Bool { entry != nil || dismiss.map(FindingName.init(rawValue:))?.hasObject == true }

    private static let leak =
        "--entry, and --dismiss with an object, would put a name out of an encrypted bundle into a file that everybody can read."

    func run() async throws {
        try await RenderingFailure.reporting("note", format) {
            let standing = try configuration.read()
            let entry = try await path()
            let body: AttestationRecord.Body =
                if let finding = try await finding() {
                    .dismissal(finding: finding, text: text, entry: entry)
                } else {
                    .note(text: text, entry: entry)
                }
            var attestor = attesting.attestor(bundle, standing)
            attestor.identities = try attesting.opening.identities(for: bundle)
            let addition = try await attestor.add(
                body, signedBy: try signing.signers(standing), stampedBy: try signing.timestamps(standing))
            return try AdditionReport(addition: addition, bundle: bundle).print(format)
        }
    }

    private func path() async throws -> EntryPath? {
        // Whatever its name says.
        guard try !namesContent || EncryptedFile.header(path: bundle) == nil else {
            throw RenderingFailure(.usage, Self.leak)
        }
        guard let entry else { return nil }
        return try await BundleReader(path: bundle).find(entry).path
    }

    /// The finding, if the bundle has it: a name that nobody finds would dismiss nothing.
    private func finding() async throws -> String? {
        guard let dismiss else { return nil }
        let identities = try attesting.opening.identities(for: bundle)
        let capture = BundleCapture(try await BundleReader(path: bundle, identities: identities))
        let found = try await reading.open(capture).findings().findings
        guard found.contains(where: { $0.id == dismiss || $0.name.rawValue == dismiss }) else {
            let rule = dismiss.prefix { $0 != "@" }
            let near = found.filter { $0.id == rule }.map(\.name.rawValue).prefix(5)
            throw RenderingFailure(
                .entryNotFound,
                "there is no finding \(dismiss) in \(bundle): exhibit findings \(ShellText.quoted(bundle)) lists them",
                suggestions: Array(near))
        }
        return dismiss
    }
}
