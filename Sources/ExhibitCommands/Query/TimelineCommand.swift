internal import ArgumentParser
internal import Inspection
internal import SQLite
internal import Terminal

/// `exhibit timeline`: what happened, in one order.
struct TimelineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timeline",
        abstract:
            "Shows what happened in one order: events, ends of containers, objects, files, processes, the capture itself.",
        discussion: """
            exhibit timeline case.tar.zst --since 30m                  the last half hour before the capture
            exhibit timeline case.tar.zst -n prod --pod api-0 --severity warning
            exhibit timeline case.tar.zst --output timesketch >case.jsonl
            exhibit timeline case.tar.zst --output bodyfile >case.body    files alone, for mactime

            What logs say of warnings and errors is there by the first and the last of lines that are alike: --no-logs \
            leaves it out. Times are those of whoever said so: the cluster's, a node's, a container's. How far the cluster's clock was \
            from the one that captured is said first.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, csv, json, timesketch, bodyfile
    }

    @Argument(
        help: ArgumentHelp("A bundle file or folder; or a must-gather, support bundle or dump.", valueName: "bundle"))
    var bundle: String

    @Option(
        help: ArgumentHelp(
            "From when on: RFC 3339, a date, or 30m, 2h, 7d before the capture began.", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Until when, written alike.", valueName: "time"))
    var until: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Only of this namespace, or those that match it.", valueName: "namespace"))
    var namespace: String?

    @Option(help: ArgumentHelp("Only of this pod, or of those that match it.", valueName: "name"))
    var pod: String?

    @Option(
        help: ArgumentHelp("Only of objects of this name, or one that matches it, of whatever kind.", valueName: "name")
    )
    var name: String?

    @Option(help: ArgumentHelp("At least as bad as this: info, warning, error.", valueName: "severity"))
    var severity: Severity = .info

    @Option(
        help: ArgumentHelp(
            "Only from this source (event, container, object, log, process, file, capture); may be repeated.",
            valueName: "source"))
    var source: [Source] = []

    @Flag(
        name: .customLong("no-logs"),
        help: "Without what logs say: then they are not read, which takes time where there are many.")
    var hasNoLogs = false

    @Option(
        name: .customLong("output"),
        help:
            "How it is printed: text, csv, json (an object a line), timesketch (JSON lines for Timesketch) or bodyfile (files, for mactime)."
    )
    var format: Format = .text

    @OptionGroup(title: "If it is encrypted") var opening: IdentityFlags
    @OptionGroup(title: "How it is read") var reading: DatabaseFlags

    enum Severity: String, ExpressibleByArgument, CaseIterable {
        case info, warning, error
    }

    enum Source: String, ExpressibleByArgument, CaseIterable {
        case event, container, object, log, process, file, capture
    }

    /// Of the statement: it reads all logs.
    private static let longest = Duration.seconds(1_800)

    func run() async throws {
        try await RenderingFailure.reporting("timeline", format == .json ? .json : .text) {
            let database = try await reading.open(bundle, try opening.identities(for: bundle))
            try await database.refuse(missing: CapturePlace(namespace: namespace, pod: pod))
            if format == .bodyfile {
                try await Bodyfile(database: database, filter: try filter).write()
                return try await database.conclude(bundle)
            }
            if format == .text { try await noteClock(database) }
            let (condition, values) = try await filter.sql(of: database)
            let timeless =
                try await database.rows("SELECT count(*) FROM timeline WHERE time IS NULL AND source <> 'log'").first?
                .first?.integer ?? 0
            if timeless > 0 {
                RenderingFailure.note("\(timeless) things have no time that can be read, and are not shown")
            }
            let columns =
                switch format {
                case .timesketch:
                    """
                    what AS message, time AS datetime, 'Capture: ' || source AS timestamp_desc, source, severity, kind, namespace,
                    name, container, entry
                    """
                default: "time, source, severity, kind, namespace, name, container, what, entry"
                }
            let printer = RowPrinter(format == .csv ? .csv : format == .text ? .text : .json)
            let visible =
                format == .text
                ? """
                substr(time, 1, 19) || 'Z' AS time, source, iif(severity = 'info', '', severity) AS severity,
                coalesce(namespace || '/', '') || coalesce(name, '') || coalesce('/' || container, '') AS "of", what
                """ : columns
            try await database.query(
                "SELECT \(visible) FROM timeline WHERE \(condition) ORDER BY timeline.time, source, entry", values,
                limits: QueryLimits(time: Self.longest),
                columns: { try printer.begin($0) }, row: { try printer.row($0) })
            try printer.finish()
            return try await database.conclude(bundle)
        }
    }

    private var filter: TimelineFilter {
        get throws {
            TimelineFilter(
                since: try since.map(CaptureTime.init), until: try until.map(CaptureTime.init), namespace: namespace,
                pod: pod, name: name,
                severities: Severity.allCases.drop { $0 != severity }.map(\.rawValue),
                sources: Source.allCases.filter {
                    (source.isEmpty || source.contains($0)) && !(hasNoLogs && $0 == .log)
                }
                .map(\.rawValue))
        }
    }

    private func noteClock(_ database: EvidenceDatabase) async throws {
        let rows = try await database.rows("SELECT value FROM bundle WHERE name = 'cluster_clock_offset_ms'")
        guard let offset = rows.first?.first?.text.flatMap({ Int($0) }), abs(offset) >= 1_000 else { return }
        RenderingFailure.note(
            "the cluster's clock was \(abs(offset)) ms \(offset > 0 ? "ahead of" : "behind") the one of the machine that captured: "
                + "times of source capture are of the latter")
    }
}
