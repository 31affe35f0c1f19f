internal import ArgumentParser
internal import Inspection
internal import Terminal

/// `exhibit hunt`: whether anything that is known of an attacker is in a capture.
struct HuntCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hunt",
        abstract: "Looks for indicators of compromise in everything that was captured.",
        discussion: """
            exhibit hunt case.tar.zst iocs.txt feed.csv bundle.stix.json
            exhibit hunt case.tar.zst --indicator 203.0.113.7 --indicator 'hxxp://evil[.]example/x.sh'
            curl -s URL | exhibit hunt case.tar.zst -                    a list from standard input
            exhibit hunt --check iocs.txt                                how a list is understood

            A list has an indicator a line, or is CSV with a header, or a STIX 2.1 bundle. What an indicator is \
            its shape says: a hash, an address, a network, a domain, a URL, a path, the name of a file, else any text; \
            or a prefix: sha256:, sha1:, md5:, ip:, cidr:, domain:, url:, path:, name:, string:. Lines that begin with # \
            are comments; defanged forms are understood. Looked at is what was captured: processes, sockets, files and \
            objects, and the content of each file, of .gz also what is inside. That nothing is found is no proof that \
            all is well.
            """)

    @Argument(
        help: ArgumentHelp(
            "A bundle file or folder, or a must-gather, support bundle or dump; then lists of indicators; - is standard input.",
            valueName: "bundle"))
    var arguments: [String] = []

    @Option(
        name: .customLong("indicator"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("An indicator, as a line of a list has it; repeatable.", valueName: "indicator"))
    var indicators: [String] = []

    @Flag(help: "Says how the lists are understood, and looks at no bundle.")
    var check = false

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Only what is of this namespace, or those that match it.", valueName: "namespace"))
    var namespace: String?

    @Option(help: ArgumentHelp("Only what is of this pod, or of those that match it.", valueName: "name"))
    var pod: String?

    @Option(
        name: .customLong("max"),
        help: ArgumentHelp("Places that are shown of an indicator; more are counted.", valueName: "places"))
    var most = 20

    @OptionGroup(title: "If it is encrypted") var opening: IdentityFlags
    @OptionGroup(title: "How it is read") var keeping: CacheFlags

    @Option(name: .customLong("output"), help: "How it is printed: text or json (an object a place).")
    var format: OutputFormat = .text

    private var bundle: String? { check ? nil : arguments.first }
    private var lists: ArraySlice<String> { check ? arguments[...] : arguments.dropFirst() }

    func validate() throws {
        guard check || bundle != nil else { throw ValidationError("which bundle is missing") }
        guard !lists.isEmpty || !indicators.isEmpty else {
            throw ValidationError("What is looked for? Name a list of indicators, or --indicator.")
        }
        guard lists.count(where: { $0 == "-" }) <= 1 else { throw ValidationError("Standard input is one list.") }
        guard (1...10_000).contains(most) else { throw ValidationError("--max is a number from 1 to 10000.") }
    }

    func run() async throws {
        try await RenderingFailure.reporting("hunt", format) {
            let list = try IndicatorFiles.read(lists, indicators)
            if check { return try HuntCheck(list: list, format: format).write() }
            guard let bundle else { throw ValidationError("which bundle is missing") }
            guard !list.indicators.isEmpty else {
                let reasons = list.remainders.prefix(5).map { HuntCheck.words($0) }
                throw RenderingFailure(.usage, "the lists have no indicator that is understood", suggestions: reasons)
            }
            HuntCheck.note(list)
            let database = try await keeping.open(bundle, try opening.identities(for: bundle))
            var options = HuntOptions()
            options.most = most
            options.place = CapturePlace(namespace: namespace, pod: pod)
            let report = try await Hunt(database, list, options).run()
            if report.files == 0, report.found.isEmpty { try await database.refuse(missing: options.place) }
            var printer = HuntPrinter(report: report, list: list)
            try printer.write(format)
            return try await conclude(report, database, bundle)
        }
    }

    /// What was not looked at is not hidden behind what was found.
    private func conclude(
        _ report: HuntReport, _ database: EvidenceDatabase, _ bundle: String
    ) async throws -> ExitStatus {
        for reason in report.failed { RenderingFailure.note("not looked at: \(reason)", .error) }
        if report.compressed > 0 {
            RenderingFailure.note(
                "not looked at, or not to its end: what is inside of "
                    + Quantity.count(report.compressed, "compressed file", "compressed files")
            )
        }
        if report.left > 0 {
            RenderingFailure.note(
                "too many to show: \(Quantity.count(report.left, "place is", "places are")) only counted; --max with a lower number, or fewer indicators, shows others"
            )
        }
        let status = try await database.conclude(bundle)
        guard status == .ok else { return status }
        if !report.failed.isEmpty { return .notAllSearched }
        return report.found.isEmpty ? .nothingFound : .ok
    }
}
