internal import ArgumentParser
internal import Collection
internal import Glibc
internal import Inspection
internal import SQLite
internal import StructuredText
internal import Synchronization
internal import Terminal

/// `exhibit query`: SQL over a capture.
struct QueryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Asks a bundle, or a capture that another tool made, by SQL.",
        discussion: """
            exhibit query case.tar.zst 'SELECT namespace, name, status, restarts FROM pods ORDER BY restarts DESC LIMIT 10'
            exhibit query case.tar.zst --tables                  which tables there are, and their rows
            exhibit query case.tar.zst --tables pods             the columns of one
            exhibit query case.tar.zst "SELECT * FROM log_lines WHERE pod = 'api-0' AND level = 'error'" --output json

            It is SQLite's SQL, and can only read. What a row says is what the capture says: nothing is proved by it.
            docs/query.md has the tables, and examples.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, csv, json

        /// How a failure is said.
        var ofFailure: OutputFormat { self == .json ? .json : .text }
    }

    @Argument(
        help: ArgumentHelp("A bundle file or folder; or a must-gather, support bundle or dump.", valueName: "bundle"))
    var bundle: String

    @Argument(help: ArgumentHelp("One statement; `-` reads it from standard input.", valueName: "sql"))
    var sql: String?

    @Flag(help: "Lists the tables; with a name in place of the SQL, the columns of that one.")
    var tables = false

    @Option(
        help: ArgumentHelp("How long the statement may take: 30s, 10m (default 1m).", valueName: "duration"),
        transform: QueryTime.duration)
    var timeout: Duration = .seconds(60)

    @OptionGroup(title: "If it is encrypted") var opening: IdentityFlags
    @OptionGroup(title: "How it is read") var reading: DatabaseFlags

    @Option(
        name: .customLong("output"),
        help: "How rows are printed: text (columns), csv (RFC 4180) or json (an object a line).")
    var format: Format = .text

    func validate() throws {
        guard sql != nil || tables else {
            throw ValidationError("what to ask is missing: a statement of SQL, or --tables for what can be asked")
        }
    }

    func run() async throws {
        try await RenderingFailure.reporting("query", format.ofFailure) {
            let database = try await reading.open(bundle, try opening.identities(for: bundle))
            if tables { return try await describe(database) }
            let printer = RowPrinter(format)
            let sql = try statement()
            try await database.prepare(for: sql)
            let watchdog = Self.watchdog(timeout, format.ofFailure)
            defer { watchdog.cancel() }
            try await database.query(
                sql, limits: QueryLimits(time: timeout), columns: { try printer.begin($0) },
                row: { try printer.row($0) })
            try printer.finish()
            return try await database.conclude(bundle)
        }
    }

    private func statement() throws -> String {
        guard let sql else { throw ValidationError("there is no SQL") }
        guard sql == "-" else { return sql }
        return try Self.standardInput()
    }

    /// Ends the program when one function of SQLite runs on beyond the time: between its steps alone it is looked at.
    private static func watchdog(_ time: Duration, _ format: OutputFormat) -> Task<Void, Never> {
        Task.detached {
            guard (try? await Task.sleep(for: time + .seconds(5))) != nil else { return }
            let failure = RenderingFailure(
                .queryLimit, "the SQL: a function in it took longer than the time that it has")
            failure.write("query", format)
            _exit(failure.status.rawValue)
        }
    }

    private static let mostBytes = 1 << 20

    private static func standardInput() throws -> String {
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw RenderingFailure(.badQuery, "standard input cannot be read: \(String(cString: strerror(errno)))")
            }
            guard count > 0 else { break }
            text += buffer[..<count]
            guard text.count <= mostBytes else {
                throw RenderingFailure(.badQuery, "the SQL on standard input has more than 1 MiB")
            }
        }
        guard !text.contains(0), let sql = String(validating: text, as: UTF8.self) else {
            throw RenderingFailure(.badQuery, "the SQL on standard input is not text in UTF-8")
        }
        return sql
    }

    private static let uncounted: Set<String> = [
        "log_lines", "log_patterns", "log_counts", "findings", "finding_rules",
    ]

    private func describe(_ database: EvidenceDatabase) async throws -> ExitStatus {
        let all = database.tables
        let printer = RowPrinter(format)
        if let name = sql {
            guard let table = all.first(where: { $0.name == name }) else {
                let near = all.map(\.name).filter { $0.contains(name) || name.contains($0) }.prefix(5)
                throw RenderingFailure(
                    .badQuery, "there is no table \(name); --tables lists them", suggestions: Array(near))
            }
            try printer.begin(["column", "type", "what it is"])
            for column in table.columns {
                try printer.row([.text(column.name), .text(column.type), .text(column.says)])
            }
        } else {
            try printer.begin(["table", "rows", "what a row is"])
            for table in all {
                // They would have to be made first.
                let rows = Self.uncounted.contains(table.name) ? nil : try await database.count(of: table)
                try printer.row([.text(table.name), SQLValue(rows), .text(table.says)])
            }
        }
        try printer.finish()
        return try await database.conclude(bundle)
    }
}

/// How long SQL may take.
enum QueryTime {
    @Sendable static func duration(_ text: String) throws -> Duration {
        guard let duration = RunBounds.duration(text) else {
            throw ValidationError("\(text) is not \(RunBounds.durationWords).")
        }
        return duration
    }
}
