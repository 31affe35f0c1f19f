internal import ArgumentParser
internal import Bundle
internal import BundleFormat
internal import Collection
internal import Cryptography
internal import HTML
internal import Inspection
internal import Terminal

/// `exhibit report`: what is in a capture, as one page to attach to a ticket.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Writes what a bundle, or a capture that another tool made, tells into one HTML file.",
        discussion: """
            exhibit report case.tar.zst -o case.html
            exhibit report case.tar.zst --expect SEALID --severity warning -o case.html
            exhibit report must-gather.tar.gz -o - | gzip >report.html.gz

            The file has no script and asks for nothing: it opens from disk, and prints. It is a summary, and no evidence: what \
            it leaves out is counted, with the command that shows all. The same bundle gives the same bytes. It is read by whoever \
            gets it, with names, command lines and log lines as they were captured. The exit code is that of verify; 0 for \
            what another tool made.
            """)

    @Argument(
        help: ArgumentHelp("A bundle file or folder; or a must-gather, support bundle or dump.", valueName: "bundle"))
    var bundle: String

    @Option(
        name: [.customShort("o"), .customLong("out")],
        help: ArgumentHelp("The HTML file to write; - for standard output.", valueName: "file"))
    var out: String

    @Flag(help: "Replace the file if it is there.")
    var force = false

    @Option(help: ArgumentHelp("Its heading; else the case, or the bundle's name.", valueName: "text"))
    var title: String?

    @Option(
        help: ArgumentHelp("Findings at least as severe as this: critical, warning, notice.", valueName: "severity"))
    var severity: FindingsCommand.Level = .notice

    @OptionGroup(title: "If it is encrypted") var opening: IdentityFlags

    @OptionGroup(title: "Held against") var anchors: AnchorFlags

    @OptionGroup var records: RecordsFlags

    @OptionGroup(title: "How it is read") var reading: DatabaseFlags

    func run() async throws {
        try await RenderingFailure.reporting("report") {
            let file = try ReportFile(out, force: force)
            let identities = try opening.identities(for: bundle)
            let (opened, damage) = try await open(identities)
            switch opened {
            case .foreign(let foreign)?:
                try anchors.refuse(foreign, bundle)
                let content = try await content(of: foreign)
                let page = ReportPage(file: bundle, title: title, origin: .foreign(foreign.warning), content: content)
                try file.write(page.page.bytes)
                say(content)
                return foreign.conclude(bundle, damaged: content.damageCount)
            case .bundle(let reader)?: return try await report(reader, damage, identities, to: file)
            case nil:
                if let damage, ![.damaged, .truncated, .wrongContent, .tooLarge].contains(damage.code) { throw damage }
                return try await report(nil, damage, identities, to: file)
            }
        }
    }

    /// A bundle too damaged to be opened is no failure of the report: that is what it says.
    private func open(_ identities: [AgeIdentity]) async throws -> (OpenedCapture?, BundleError?) {
        do {
            return (try await OpenedCapture.open(bundle, identities), nil)
        } catch let error as BundleError {
            return (nil, error)
        }
    }

    private func report(
        _ reader: BundleReader?, _ damage: BundleError?, _ identities: [AgeIdentity], to file: ReportFile
    ) async throws -> ExitStatus {
        let anchors = try self.anchors.anchors()
        var verifier = Verifier(anchors: anchors.anchors, identities: identities)
        verifier.records = records.source
        let verification = try await verifier.verify(path: bundle)
        reading.keeping.verified?.keep(verification)
        let verdict = RenderingVerification(verification: verification, anchors: anchors)
        var content: ReportContent?
        var problem = damage.map { "\($0)" }
        if let reader {
            do {
                content = try await self.content(of: BundleCapture(reader, verified: reading.keeping.verified))
            } catch let error as BundleError {
                // So badly damaged that it cannot be asked: the verdict is all there is.
                problem = "\(error)"
            }
        }
        var cost: [UInt8]?
        if let reader, let path = try? EntryPath(RunCost.path.joined(separator: "/")) {
            cost = try? await reader.content(of: path, limit: 64 << 10)
        }
        var page = ReportPage(
            file: bundle, title: title, origin: .bundle(reader?.opening, verdict, cost: cost), content: content)
        page.problem = problem
        page.dismissals = verdict.dismissals()
        try file.write(page.page.bytes)
        if let content { say(content) }
        if let problem { RenderingFailure.note("only the verdict is in the report: \(problem)") }
        if verdict.status != .ok { RenderingFailure.note(verdict.verdict(.plain)) }
        return verdict.status
    }

    private func content(of capture: any Capture) async throws -> ReportContent {
        try await ReportReader(try await reading.open(capture), severity: severity.severity).read()
    }

    /// What the report does not have is not hidden behind that it was written.
    private func say(_ content: ReportContent) {
        let problems = content.problems.total + content.damageCount
        if problems > 0 {
            RenderingFailure.note(
                "\(Quantity.count(problems, "thing", "things")) in it could not be read, or not wholly: the report lists them"
            )
        }
        for (rule, reason) in content.findings.failed.sorted(by: { $0.key < $1.key }) {
            RenderingFailure.note("the rule \(rule) could not be asked: \(reason)")
        }
    }
}
