internal import ArgumentParser
internal import Bundle
internal import BundleFormat
internal import Terminal

/// `exhibit sign`: vouch for a bundle that was sealed before.
struct SignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Signs the seal of a bundle, in a record beside it; the bundle's file is not changed.",
        discussion: """
            exhibit sign case.tar.zst --key FILE --expect SEALID      vouch for the bundle of the ticket
            exhibit sign case.tar.zst --agent only --yes              vouch for it, whoever sealed it
            exhibit sign case.tar.zst --certificate C --certificate-key K --tsa URL --yes

            The bundle is verified first; one that is altered (11), incomplete (12) or whose records do not hold (16) is not
            signed. Where nothing given says whose it is, --yes is needed (10), as it is where that failed (13). Other exit
            codes: 45 the key cannot be used, 47 signed, but no time stamp could be had.
            """)

    @Argument(help: ArgumentHelp("A bundle file, or the folder it was unpacked to.", valueName: "bundle"))
    var bundle: String

    @OptionGroup(title: "Signing") var signing: SigningFlags
    @OptionGroup var attesting: AttestFlags
    @OptionGroup(title: "Held against") var anchors: AnchorFlags

    @Flag(help: "Sign although nothing from outside says whose the bundle is.")
    var yes = false

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    func run() async throws {
        try await RenderingFailure.reporting("sign", format) {
            let standing = try anchors.configuration.read()
            let signers = try signing.signers(standing)
            guard !signers.isEmpty else {
                throw ValidationError("Say who signs: --key FILE, --agent KEY, or --certificate and --certificate-key.")
            }
            let taker = try signing.timestamps(standing)
            let used = try anchors.anchors()
            let verification = try await VerifiedBundle.verify(
                bundle, used, attesting)
            say(verification)
            try confirm(verification, used)
            let addition = try await attesting.attestor(bundle, standing)
                .sign(verification, by: signers, stampedBy: taker)
            return try AdditionReport(addition: addition, bundle: bundle).print(format)
        }
    }

    /// What one is about to vouch for.
    private func say(_ verification: Verification) {
        for signer in verification.signers {
            let name = signer.signer ?? (signer.isRunKey ? "a key made for the run" : "nobody known")
            RenderingFailure.note("sealed by \(name), \(signer.fingerprint)", .dim)
        }
    }

    private func confirm(_ verification: Verification, _ used: UsedAnchors) throws {
        guard verification.identity.state != .passed, !yes else { return }
        let isFailed = verification.identity.state == .failed
        let finding = verification.identity.findings.first { $0.severity == .failure }?.says
        throw RenderingFailure(
            isFailed ? .identityFailed : .consistentNotAuthenticated,
            isFailed
                ? "it is not what was asked for (\(finding ?? "")); to sign it all the same give --yes"
                : "nothing that was given says whose this bundle is; give --expect SEALID as in the ticket, "
                    + "--allowed-signers FILE, or --yes to sign it all the same")
    }
}
