public import Collection
internal import SQLite

/// Reads what a report tells.
public struct ReportReader: Sendable {
    private let database: EvidenceDatabase
    private let severity: FindingSeverity
    /// Rows of one kind that whose addresses are whose is known by.
    package var mostAddresses = 200_000
    /// Sockets that are looked at, of each state.
    package var mostSockets = 2_000_000

    /// - Parameter severity: findings that are less severe are left out.
    public init(_ database: EvidenceDatabase, severity: FindingSeverity) {
        self.database = database
        self.severity = severity
    }

    /// - Throws: `CancellationError`, and what the capture throws when it cannot be read. What a table cannot tell is said in it.
    public func read() async throws -> ReportContent {
        func ask(_ query: ReportQuery) async throws -> ReportTable { try await query.read(database) }
        func count(_ table: String) async throws -> Int {
            // One that cannot be counted cannot be asked, either, and that is said of it.
            do {
                return Int(try await database.rows("SELECT count(*) FROM \(table)").first?.first?.integer ?? 0)
            } catch is SQLError {
                return 0
            }
        }
        var content = ReportContent(
            gaps: try await ask(ReportQueries.gaps), problems: try await ask(ReportQueries.problems),
            timeline: try await ask(ReportQueries.timeline), pods: try await ask(ReportQueries.pods),
            workloads: try await ask(ReportQueries.workloads), nodes: try await ask(ReportQueries.nodes),
            restarts: try await ask(ReportQueries.restarts), processes: try await ask(ReportQueries.processes),
            files: try await ask(ReportQueries.files), actions: try await ask(ReportQueries.actions),
            custody: try await ask(ReportQueries.custody), collectors: try await ask(ReportQueries.collectors))
        if let failure = content.timeline.failure {
            content.timeline = try await ask(ReportQueries.timelineWithoutLogs)
            content.timeline.lack = "what logs say is not in it: \(failure)"
        }
        // The latest are the most telling; they are read from the first on.
        content.timeline.rows.reverse()
        for row in try await database.rows("SELECT name, value FROM bundle ORDER BY name LIMIT 100") {
            if let name = row[0].text, let value = row[1].text { content.facts[name] = ReportQuery.cut(value) }
        }
        content.podCount = try await count("pods")
        content.logCount = try await count("logs")
        content.processCount = try await count("processes")
        content.findings = try await database.findings()
        content.findings.keep(severity)
        do { content.histogram = try await TimeHistogram.read(database) } catch let error as SQLError {
            content.histogramFailure = error.reason
        }
        content.logErrors = try await LogErrors.read(database, &content.histogram)
        content.connections = try await connections()
        // Last: logs are read by then, too.
        content.damage = Array(database.damage.files.prefix(20))
        content.damageCount = database.damage.count
        return content
    }

    private func connections() async throws -> ConnectionGraph {
        do {
            let book = try await AddressBook.read(database, most: mostAddresses)
            return try await ConnectionReader(database: database, book: book, mostSockets: mostSockets).read()
        } catch let error as SQLError {
            var graph = ConnectionGraph()
            graph.failure = error.reason
            return graph
        }
    }
}
