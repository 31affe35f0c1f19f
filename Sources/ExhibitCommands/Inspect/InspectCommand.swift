internal import ArgumentParser
internal import Bundle
internal import BundleFormat
internal import Cryptography
internal import Inspection
internal import SQLite
internal import StructuredText

/// `exhibit inspect`: the first view of a capture.
struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Shows what a bundle is, whether it holds, what was captured and what not, and what looks bad.",
        discussion: """
            exhibit inspect case.tar.zst
            exhibit inspect case.tar.zst --expect SEALID --output json
            exhibit inspect must-gather.tar.gz               what another tool captured: nothing vouches for it

            Works offline: nothing is asked of any cluster. The exit code is that of verify.
            """)

    @Argument(
        help: ArgumentHelp("A bundle file or folder; or a must-gather, support bundle or dump.", valueName: "bundle"))
    var bundle: String

    @OptionGroup(title: "If it is encrypted") var opening: IdentityFlags

    @OptionGroup(title: "Held against") var anchors: AnchorFlags

    @OptionGroup var records: RecordsFlags

    @OptionGroup(title: "How it is read") var reading: DatabaseFlags

    @Flag(help: "Shows everything, in place of what fits on a screen.")
    var all = false

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    func run() async throws {
        try await RenderingFailure.reporting("inspect", format) {
            let anchors = try self.anchors.anchors()
            let identities = try opening.identities(for: bundle)
            if let foreign = try await OpenedCapture.foreignFolder(bundle) { return try await show(foreign) }
            do {
                var verifier = Verifier(anchors: anchors.anchors, identities: identities)
                verifier.records = records.source
                let verification = try await verifier.verify(path: bundle)
                reading.keeping.verified?.keep(verification)
                return try await show(RenderingVerification(verification: verification, anchors: anchors), identities)
            } catch let error as BundleError {
                guard case .foreign(let foreign)? = try await Self.foreign(error, bundle, identities) else {
                    throw error
                }
                return try await show(foreign)
            }
        }
    }

    /// What another tool made, if it is that.
    private static func foreign(
        _ error: BundleError, _ bundle: String, _ identities: [AgeIdentity]
    ) async throws -> OpenedCapture? {
        guard error.isForeign else { return nil }
        return try await OpenedCapture.open(bundle, identities)
    }

    private func show(_ verdict: RenderingVerification, _ identities: [AgeIdentity]) async throws -> ExitStatus {
        var output = RenderingOutput()
        do {
            let opened = OpenedCapture.bundle(try await BundleReader(path: bundle, identities: identities))
            let database = try await reading.open(try await opened.capture(reading.keeping.verified))
            let overview = try await OverviewReader(database, dismissals: verdict.dismissals()).read()
            switch format {
            case .text:
                let text = OverviewText(bundle: bundle, style: output.style, width: output.width, isWhole: all)
                try output.lines(text.lines(overview, verdict))
            case .json: try output.json(OverviewJSON(bundle: bundle).value(overview, verdict.json))
            }
        } catch {
            // So badly damaged that not even its opening record can be read, or too much for the memory there is: the verdict is all
            // there is.
            guard error is BundleError || error is SQLError else { throw error }
            switch format {
            case .text:
                try output.lines(verdict.lines(output.style))
                RenderingFailure.note("only the verdict can be shown: \(error)")
            case .json: try output.json(["verification": verdict.json, "error": .string("\(error)")])
            }
        }
        do { try output.flush() } catch is OutputClosed {}
        return verdict.status
    }

    private func show(_ foreign: ForeignCapture) async throws -> ExitStatus {
        try anchors.refuse(foreign, bundle)
        let database = try await reading.open(foreign)
        let overview = try await OverviewReader(database).read()
        var output = RenderingOutput()
        switch format {
        case .text:
            let text = OverviewText(bundle: bundle, style: output.style, width: output.width, isWhole: all)
            try output.lines(text.lines(overview, nil))
        case .json: try output.json(OverviewJSON(bundle: bundle).value(overview, .null))
        }
        do { try output.flush() } catch is OutputClosed {}
        return foreign.conclude(bundle, damaged: database.damage.count)
    }
}
