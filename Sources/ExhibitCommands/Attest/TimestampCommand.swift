internal import ArgumentParser
internal import Bundle
internal import Terminal

/// `exhibit timestamp`: prove when a bundle was there.
struct TimestampCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timestamp",
        abstract: "Takes time stamps (RFC 3161) for the signatures of a bundle, in records beside it.",
        discussion: """
            exhibit timestamp case.tar.zst --tsa https://tsa.example/
            exhibit timestamp case.tar.zst --tsa URL --records        also over what was recorded so far

            A token is taken over each signature made at the seal that has none; one over the last record proves the time
            of all signatures and records before it. The bundle is verified first (11, 12, 16). Exit code 47: no time
            stamp could be had.
            """)

    @Argument(help: ArgumentHelp("A bundle file, or the folder it was unpacked to.", valueName: "bundle"))
    var bundle: String

    @Option(
        help: ArgumentHelp(
            "Time stamp authority (RFC 3161) to ask; repeat for others to fall back on. Else those of the configuration.",
            valueName: "url"))
    var tsa: [String] = []

    @Option(
        help: ArgumentHelp(
            "Roots (PEM) for the server of an https time stamp authority; else the system's.", valueName: "file"))
    var tsaHttpCa: String?

    @Flag(help: "Also take one over the last record, which proves the time of all of them.")
    var records = false

    @OptionGroup var attesting: AttestFlags
    @OptionGroup(title: "Held against") var anchors: AnchorFlags

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    func validate() throws {
        _ = try signing()
    }

    func run() async throws {
        try await RenderingFailure.reporting("timestamp", format) {
            let standing = try anchors.configuration.read()
            guard let taker = try signing().timestamps(standing) else {
                throw ValidationError("Say whom to ask: --tsa URL.")
            }
            let verification = try await VerifiedBundle.verify(
                bundle, try anchors.anchors(), attesting)
            let attestor = attesting.attestor(bundle, standing)
            do {
                let addition = try await attestor.stamp(verification, with: taker, includingRecords: records)
                if addition.records.isEmpty {
                    RenderingFailure.note("every signature has a time stamp already: nothing was added", .dim)
                }
                return try AdditionReport(addition: addition, bundle: bundle).print(format)
            } catch let failure as TimestampFailure {
                throw RenderingFailure(.withoutTimestamp, "taking a time stamp: \(failure)")
            }
        }
    }

    /// The same flags as where a bundle is sealed.
    private func signing() throws -> SigningFlags {
        try SigningFlags.parse(tsa.flatMap { ["--tsa", $0] } + (tsaHttpCa.map { ["--tsa-http-ca", $0] } ?? []))
    }
}
