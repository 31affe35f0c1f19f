internal import Bundle
internal import BundleFormat
internal import SQLite

/// Reads an ``Overview`` from the database of a capture. Whatever cannot be read is a ``Overview/Problem``; the rest is there all the
/// same.
public struct OverviewReader: Sendable {
    /// Pods and groups of warnings that are handed out; all are counted.
    public static let most = 5_000

    private let database: EvidenceDatabase
    private let dismissals: Dismissals

    public init(_ database: EvidenceDatabase, dismissals: Dismissals = Dismissals([])) {
        self.database = database
        self.dismissals = dismissals
    }

    /// - Throws: `CancellationError`.
    public func read() async throws -> Overview {
        let reader = (database.capture as? BundleCapture)?.reader
        var overview = Overview(kind: database.capture.kind, opening: reader?.opening)
        if let foreign = database.capture as? ForeignCapture { overview.lacks = foreign.lacks }
        if let reader {
            do {
                try await reader.ledger { overview.ledger.add($0) }
            } catch {
                overview.note(BundleLayout.ledger.rawValue, Self.words(error))
            }
        }
        try await part("entries", &overview, readPayload)
        try await part("pods", &overview, readPods)
        try await part("events", &overview, readEvents)
        try await part("findings", &overview) { overview in
            (overview.findings, overview.dismissed) = dismissals.split(try await database.findings())
        }
        try await part("problems", &overview) { overview in
            for row in try await database.rows("SELECT subject, reason FROM problems") {
                overview.note(row[0].text ?? "", row[1].text ?? "")
            }
            // What was found while logs were read.
            for file in database.damage.files where !overview.problems.contains(where: { $0.subject == file.path }) {
                overview.note(file.path, file.reason)
            }
        }
        try await part("entries", &overview) { overview in
            overview.next = try await NextSteps(database: database, overview: overview).steps()
        }
        return overview
    }

    private func part(
        _ name: String, _ overview: inout Overview, _ read: (inout Overview) async throws -> Void
    ) async throws {
        do {
            try await read(&overview)
        } catch let error as CancellationError {
            throw error
        } catch {
            overview.note(name, Self.words(error))
        }
    }

    private func readPayload(_ overview: inout Overview) async throws {
        let condition = overview.kind == .exhibit ? "WHERE path LIKE 'data/%'" : ""
        let row = try await database.rows("SELECT count(*), CAST(total(size) AS INTEGER) FROM entries \(condition)")
            .first
        overview.payload.entries = Int(row?[0].integer ?? 0)
        overview.payload.bytes = UInt64(max(row?[1].integer ?? 0, 0))
    }

    private func readPods(_ overview: inout Overview) async throws {
        let rows = try await database.rows(
            """
            WITH ends AS (
              SELECT object, name, reason, exit_code AS code, coalesce(finished, '') AS finished FROM containers
              WHERE state = 'terminated' AND (exit_code <> 0 OR reason = 'OOMKilled')
              UNION ALL
              SELECT object, name, last_reason, last_exit_code, coalesce(last_finished, '') FROM containers
              WHERE last_exit_code <> 0 OR last_reason = 'OOMKilled'),
            failures AS (SELECT object, name, reason, code, max(finished) AS finished FROM ends GROUP BY object),
            judged AS (
              SELECT p.*, f.name AS container, f.reason AS end_reason, f.code, f.finished, f.object IS NOT NULL AS failed,
                \(PodConcern.sql("p")) AS concern
              FROM pods p LEFT JOIN failures f ON f.object = p.object)
            SELECT namespace, name, node, status, ready, containers, restarts,
              coalesce(nullif(message, ''),
                (SELECT c.message FROM containers c WHERE c.object = j.object AND c.state = 'waiting' AND c.message <> ''),
                (SELECT c.message FROM conditions c WHERE c.object = j.object AND c.type = 'PodScheduled' AND c.status = 'False'),
                (SELECT c.message FROM containers c WHERE c.object = j.object AND c.state = 'terminated' AND c.message <> '')),
              failed, container, end_reason, code, finished, concern, entry,
              count(*) OVER (), sum(concern = 0) OVER ()
            FROM judged j ORDER BY concern, restarts DESC, namespace, name LIMIT \(Self.most)
            """)
        for row in rows {
            let failure = PodSummary.Termination(
                container: row[9].text ?? "", reason: row[10].text ?? "", exitCode: row.int(11),
                finishedAt: row[12].text ?? "")
            overview.pods.pods.append(
                PodSummary(
                    namespace: row[0].text ?? "", name: row[1].text ?? "", node: row[2].text ?? "",
                    status: row[3].text ?? "", ready: row.int(4), containers: row.int(5), restarts: row.int(6),
                    message: row[7].text ?? "", lastFailure: row[8].integer == 1 ? failure : nil,
                    concern: PodSummary.Concern(rawValue: row.int(13)) ?? .failing, entry: row[14].text ?? ""))
        }
        overview.pods.found = rows.first?.int(15) ?? 0
        overview.pods.failing = rows.first?.int(16) ?? 0
    }

    private func readEvents(_ overview: inout Overview) async throws {
        let counts = try await database.rows("SELECT count(*), sum(type = 'Warning') FROM events").first
        overview.events.found = counts?.int(0) ?? 0
        overview.events.warnings = counts?.int(1) ?? 0
        let rows = try await database.rows(
            """
            SELECT e.reason, e.object_kind, e.namespace, e.object_name, sum(e.count) AS times, max(coalesce(e.last_time, '')) AS last,
              substr(e.message, 1, 500), o.entry, count(*) OVER ()
            FROM events e JOIN objects o ON o.id = e.object WHERE e.type = 'Warning'
            GROUP BY e.reason, e.object_kind, e.namespace, e.object_name
            ORDER BY times DESC, last DESC, e.reason, e.namespace, e.object_name LIMIT \(Self.most)
            """)
        for row in rows {
            overview.events.groups.append(
                WarningGroup(
                    reason: row[0].text ?? "", kind: row[1].text ?? "", namespace: row[2].text ?? "",
                    name: row[3].text ?? "", count: row.int(4), lastSeen: row[5].text ?? "",
                    message: row[6].text ?? "", entry: row[7].text ?? ""))
        }
        overview.events.groupsFound = rows.first?.int(8) ?? 0
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as BundleError: error.reason
        case let error as SQLError: error.reason
        default: "\(error)"
        }
    }
}

extension [SQLValue] {
    /// A number of a row; 0 where there is none.
    func int(_ column: Int) -> Int { self[column].integer.map { Int(clamping: $0) } ?? 0 }
}
