internal import ArgumentParser
internal import Bundle
internal import BundleFormat
internal import Settings

/// Where records are added, and in whose name.
struct AttestFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp("The file of records beside the bundle; else its name and .attest.", valueName: "file"))
    var attest: String?

    @Option(
        name: .customLong("by"),
        help: ArgumentHelp(
            "Who makes the record, as a claim; else the configured operator, else the user and host of this process.",
            valueName: "name"))
    var by: String?

    @OptionGroup(title: "If it is encrypted") var opening: IdentityFlags

    func attestor(_ bundle: String, _ configuration: UserConfiguration) -> Attestor {
        Attestor(
            bundle: bundle, sidecar: attest,
            by: by ?? configuration.operatorName ?? OperatorName.current(host: OperatorName.host))
    }

    /// For adding: there may be no such file yet.
    var source: RecordsSource { attest.map { .fileIfThere($0) } ?? .beside }
}

/// Which records are read.
struct RecordsFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp("The file of records beside the bundle; else its name and .attest.", valueName: "file"))
    var attest: String?

    @Flag(help: "Look at no file of records.")
    var noAttest = false

    func validate() throws {
        if attest != nil, noAttest { throw ValidationError("--attest and --no-attest exclude each other.") }
    }

    var source: RecordsSource { noAttest ? .nowhere : attest.map { .file($0) } ?? .beside }
}
