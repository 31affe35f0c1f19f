internal import ArgumentParser
internal import Bundle
internal import BundleFormat
internal import Cryptography
internal import Inspection
internal import Settings

/// What a bundle is held against; it always comes from outside of it.
struct AnchorFlags: ParsableArguments {
    @Option(help: ArgumentHelp("The Seal ID that was written down when the bundle was made.", valueName: "sealid"))
    var expect: [String] = []

    @Option(
        help: ArgumentHelp("Who may sign: a file as ssh-keygen(1) describes under ALLOWED SIGNERS.", valueName: "file"))
    var allowedSigners: [String] = []

    @Option(
        help: ArgumentHelp(
            "Roots (PEM, with revocation lists) for signers' certificates; repeatable. Say with --require-signer who is expected.",
            valueName: "file"))
    var ca: [String] = []

    @Option(
        help: ArgumentHelp(
            "Roots (PEM, with revocation lists) for time stamps, of which one must be there; repeatable.",
            valueName: "file"))
    var tsaCa: [String] = []

    @Option(
        help: ArgumentHelp(
            "Who must have signed; repeatable. A name of the allowed signers, SHA256:… of an SSH key, email:ADDRESS or subject:NAME of a certificate under --ca, cert:HEX of a certificate.",
            valueName: "signer"))
    var requireSigner: [String] = []

    @Flag(help: "Fail unless a time stamp by the configured authorities proves the time.")
    var requireTimestamp = false

    @OptionGroup var configuration: ConfigurationFlags

    func validate() throws {
        // All that is demanded must hold: of two, none may silently go.
        guard expect.count <= 1, allowedSigners.count <= 1 else {
            throw ValidationError("--expect and --allowed-signers are given once each.")
        }
        if let expect = expect.first, SealID(expect) == nil {
            throw ValidationError("--expect wants the 64 hex digits of a Seal ID.")
        }
        for text in requireSigner {
            do {
                _ = try RequiredSigner(parsing: text)
            } catch {
                throw ValidationError("--require-signer \(text): \(error.reason); \(error.advice).")
            }
        }
    }

    /// Whether anything is demanded on the command line.
    var isGiven: Bool { hasFlag || requireTimestamp }

    /// What is demanded cannot be had of what another tool made: that is no detail to pass over.
    func refuse(_ foreign: ForeignCapture, _ path: String) throws {
        guard isGiven else { return }
        throw RenderingFailure(
            .notABundle,
            "\(path): it is \(foreign.kind.words), which has no seal and no signatures: there is nothing to hold against it"
        )
    }

    private var hasFlag: Bool {
        !expect.isEmpty || !allowedSigners.isEmpty || !ca.isEmpty || !tsaCa.isEmpty || !requireSigner.isEmpty
    }

    /// The anchors that count: those of the flags, all of which must hold, or where there is none, those that the
    /// configuration has ready, of which one is enough.
    func anchors() throws -> UsedAnchors {
        var used = UsedAnchors(origin: hasFlag ? .flags : .none)
        let files = AnchorFiles(isConfigured: !hasFlag)
        if hasFlag {
            used.anchors = Anchors(
                allowedSigners: try allowedSigners.first.map(files.allowedSigners),
                certificateAuthorities: try files.certificates(ca, what: "ca"),
                timestampAuthorities: try files.certificates(tsaCa, what: "tsa-ca"),
                expectedSealID: expect.first.flatMap { SealID($0) },
                requiredSigners: try requireSigner.map { try RequiredSigner(parsing: $0) },
                requiresTimestamp: requireTimestamp || !tsaCa.isEmpty)
        } else {
            let standing = try configuration.read()
            used.anchors = Anchors(
                allowedSigners: try standing.allowedSigners.map(files.allowedSigners),
                certificateAuthorities: try files.certificates(standing.certificateAuthorities, what: "ca"),
                timestampAuthorities: try files.certificates(standing.timestampAuthorities, what: "tsa-ca"),
                requiredSigners: try standing.requiredSigners.map { try RequiredSigner(parsing: $0) },
                requiresTimestamp: requireTimestamp, areAlternatives: true)
            if !files.used.isEmpty || !standing.requiredSigners.isEmpty, let file = standing.file {
                used.origin = .configuration(file)
            }
        }
        used.files = files.used
        if requireTimestamp, used.anchors.timestampAuthorities == nil {
            throw ValidationError("--require-timestamp needs to know whom to believe: give --tsa-ca FILE.")
        }
        return used
    }
}

/// Anchors, and where they came from.
struct UsedAnchors {
    enum Origin {
        case none, flags
        /// The file's path.
        case configuration(String)
    }

    var anchors = Anchors()
    var origin: Origin
    var files: [AnchorFiles.Used] = []
}
