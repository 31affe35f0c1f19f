internal import Collection
internal import SQLite
internal import Synchronization

/// What rules find, and what became of the rules, as tables that are made when they are asked for.
struct FindingsTable: DeferredTable {
    let table: DatabaseTable
    private let run: FindingsRun
    private let rows: @Sendable (Findings) -> [[SQLValue]]

    static let descriptions = [findings, rules]

    static let findings = DatabaseTable(
        name: "findings", says: "Something that a rule finds wrong, worth a look, or worth knowing.",
        columns: """
            id TEXT -- of the rule
            severity TEXT -- `critical`, `warning` or `notice`
            collector TEXT -- whose rule it is
            says TEXT -- what is, in a sentence
            advice TEXT -- what to do next
            kind TEXT -- of what it is about
            namespace TEXT -- of what it is about
            name TEXT -- of what it is about
            container TEXT -- of the pod
            node TEXT -- where that is known
            entry TEXT -- the file that says so
            line INTEGER -- in the file
            source TEXT -- whose word it is: `api`, `node`, `in-container`, `local`
            ref TEXT -- what it is called by, for `exhibit note --dismiss`
            """)

    static let rules = DatabaseTable(
        name: "finding_rules", says: "A rule that was asked, and what became of it.",
        columns: """
            id TEXT -- of the rule
            severity TEXT -- `critical`, `warning` or `notice`
            collector TEXT -- whose rule it is
            found INTEGER -- rows in `findings`
            more INTEGER -- that it found besides, and that are not kept
            failed TEXT -- why it could not be asked; null when it was
            """)

    /// - Parameter rules: read when they are needed.
    static func all(_ rules: @escaping @Sendable () throws -> [RecordedFindings]) -> [any DeferredTable] {
        let run = FindingsRun(rules)
        return [
            FindingsTable(table: findings, run: run) { found in
                found.findings.map { finding in
                    [
                        .text(finding.id), .text(finding.severity.rawValue), .text(finding.collector),
                        .text(finding.says), .text(finding.advice), SQLValue(finding.object.kind),
                        SQLValue(finding.object.namespace), SQLValue(finding.object.name),
                        SQLValue(finding.object.container), SQLValue(finding.object.node),
                        SQLValue(finding.evidence.entry), SQLValue(finding.evidence.line),
                        SQLValue(finding.evidence.source), .text(finding.name.rawValue),
                    ]
                }
            },
            FindingsTable(table: Self.rules, run: run) { found in
                found.rules.map { rule in
                    [
                        .text(rule.id), .text(rule.severity.rawValue), .text(rule.collector), SQLValue(rule.found),
                        SQLValue(rule.more), SQLValue(rule.failure),
                    ]
                }
            },
        ]
    }

    func mark() throws -> String { try run.mark() }

    func rows(_ database: EvidenceDatabase, _ row: ([SQLValue]) throws -> Void) async throws -> Bool {
        let found = try await run.findings(database)
        for values in rows(found) { try row(values) }
        // One that had too little time may have enough the next time.
        return found.failed.isEmpty
    }
}

/// Asks the rules once for both tables.
private actor FindingsRun {
    private let read: @Sendable () throws -> [RecordedFindings]
    private var task: Task<Findings, any Error>?

    init(_ rules: @escaping @Sendable () throws -> [RecordedFindings]) {
        read = rules
    }

    /// Of the rules: other rules find other things.
    nonisolated func mark() throws -> String {
        try read().flatMap { collector in
            collector.rules.flatMap {
                [collector.collector, $0.id, $0.severity.rawValue, $0.sql, $0.says, $0.advice]
            }
        }.map { "\($0.utf8.count):\($0)" }.joined()
    }

    func findings(_ database: EvidenceDatabase) async throws -> Findings {
        let task = task ?? Task { [read] in try await FindingsReader(try read()).read(database) }
        self.task = task
        do {
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch {
            if self.task == task { self.task = nil }
            throw error
        }
    }
}

extension EvidenceDatabase {
    /// What the rules find that it was made with.
    ///
    /// - Throws: what reading the capture throws, `SQLError`, `CancellationError`. A rule that cannot be asked is in ``Findings/failed``.
    public func findings() async throws -> Findings {
        var all = Findings()
        func severity(_ value: SQLValue) -> FindingSeverity {
            value.text.flatMap { FindingSeverity(rawValue: $0) } ?? .notice
        }
        for row in try await rows(
            "SELECT id, severity, collector, says, advice, kind, namespace, name, container, node, entry, line, source, ref FROM findings ORDER BY rowid"
        ) {
            all.findings.append(
                Finding(
                    id: row[0].text ?? "", severity: severity(row[1]), collector: row[2].text ?? "",
                    says: row[3].text ?? "", advice: row[4].text ?? "",
                    object: Finding.Object(
                        kind: row[5].text, namespace: row[6].text, name: row[7].text, container: row[8].text,
                        node: row[9].text),
                    evidence: Finding.Evidence(
                        entry: row[10].text, line: row[11].integer.map { Int(clamping: $0) }, source: row[12].text),
                    name: FindingName(rawValue: row[13].text ?? "")))
        }
        for row in try await rows(
            "SELECT id, severity, collector, found, more, failed FROM finding_rules ORDER BY rowid")
        {
            all.rules.append(
                Findings.Rule(
                    id: row[0].text ?? "", severity: severity(row[1]), collector: row[2].text ?? "",
                    found: Int(row[3].integer ?? 0), more: Int(row[4].integer ?? 0), failure: row[5].text))
        }
        return all
    }
}
