internal import ArgumentParser
internal import Inspection
internal import Terminal

/// `exhibit logs`: what containers wrote, as `kubectl logs` shows it.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Shows logs of a bundle, or of a capture that another tool made, as kubectl logs does.",
        discussion: """
            exhibit logs case.tar.zst api-0 -n prod                 of a pod's default container
            exhibit logs case.tar.zst api-0 -c proxy -p             of the one that ran before
            exhibit logs case.tar.zst deploy/api --tail 50          of all its pods, in one order by time
            exhibit logs case.tar.zst -l app=api --since 10m --level warning
            exhibit logs case.tar.zst -A --all-containers --rotated --timestamps >all.log
            exhibit logs case.tar.zst -n prod --top                 which messages there are, most frequent first

            Without a pod and without -l it shows all pods of the namespace. Several logs are merged by the times that \
            the runtime gave their lines; each line then says whose it is. docs/logs.md has the rules.
            """)

    @Argument(
        help: ArgumentHelp("A bundle file or folder; or a must-gather, support bundle or dump.", valueName: "bundle"))
    var bundle: String

    @Argument(
        help: ArgumentHelp(
            "POD, a pattern of names, or TYPE/NAME of what pods belong to: deploy/api, svc/api.", valueName: "pod"))
    var targets: [String] = []

    @OptionGroup(title: "Which logs") var chosen: LogChoiceFlags

    @OptionGroup(title: "Which lines") var lines: LogLineFlags

    @OptionGroup(title: "If it is encrypted") var opening: IdentityFlags
    @OptionGroup(title: "How it is read") var keeping: CacheFlags

    @Option(name: .customLong("output"), help: "How they are printed: text (as they are) or json (an object a line).")
    var format: OutputFormat = .text

    func run() async throws {
        try await RenderingFailure.reporting("logs", format) {
            var choice = try chosen.choice(targets)
            // What is wrong may stand in the log of any of them.
            if lines.top != nil, choice.container == nil { choice.hasAllContainers = true }
            let database = try await keeping.open(bundle, try opening.identities(for: bundle))
            let plan = try await plan(choice, database)
            var options = try await lines.options(database)
            for note in plan.notes { RenderingFailure.note(note, .dim) }
            if let top = lines.top {
                let digest = try await plan.digest(database.capture, options)
                try TopReport(digest: digest, most: top).write(format)
                return try await conclude(database, plan, digest.problems, untimed: digest.untimed)
            }
            if format == .json { options.hasTimestamps = true }
            let printer = LogPrinter(
                plan.tracks, hasPrefix: lines.prefix ?? (plan.sourceCount > 1), isJSON: format == .json)
            let report = try await LogReader(database.capture, plan.tracks, options).read { try printer.print($0) }
            try printer.finish()
            return try await conclude(database, plan, report.problems, untimed: report.untimed)
        }
    }

    private func plan(_ choice: LogChoice, _ database: EvidenceDatabase) async throws -> LogPlan {
        do {
            return try await LogChooser(database).plan(choice)
        } catch let failure as LogChoiceFailure {
            // It may be in what was lost.
            guard let end = database.capture.earlyEnd else { throw failure }
            throw RenderingFailure(
                .incomplete, "\(bundle): there may be more in it than was read: \(end); in what was read: \(failure)",
                suggestions: failure.suggestions)
        }
    }

    /// Says what is not there, or not as it was captured.
    private func conclude(
        _ database: EvidenceDatabase, _ plan: LogPlan, _ problems: [LogReadReport.Problem], untimed: Int
    ) async throws -> ExitStatus {
        if untimed > 0 {
            RenderingFailure.note(
                "left out, as they begin with no time: \(Quantity.count(untimed, "line", "lines"))")
        }
        for missing in plan.missing { RenderingFailure.note(missing) }
        if plan.missingCount > plan.missing.count {
            RenderingFailure.note("and \(plan.missingCount - plan.missing.count) other logs are not there")
        }
        var status = try await database.conclude(bundle)
        if !problems.isEmpty {
            for problem in problems.prefix(10) {
                RenderingFailure.note("\(problem.entry): not read as it was captured: \(problem.reason)", .error)
            }
            if problems.count > 10 { RenderingFailure.note("and \(problems.count - 10) other files") }
            status = database.capture.kind == .exhibit ? .integrityFailed : .incomplete
        }
        guard status == .ok else { return status }
        if plan.tracks.isEmpty {
            throw RenderingFailure(.entryNotFound, "no log of what was asked for is in the capture")
        }
        let isNamed =
            chosen.container != nil || !targets.isEmpty && (lines.top == nil || chosen.hasAllContainers)
        return plan.missingCount > 0 && isNamed && !chosen.ignoresErrors ? .entryNotFound : .ok
    }
}
