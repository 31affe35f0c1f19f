internal import SQLite

/// Compares two captures: what is new, gone or otherwise in the second.
///
/// Both databases are read in the order of their keys, side by side: memory is bounded by an object of each, and by what is counted.
/// That something is gone is claimed only where the second capture looked for it; the rest is ``ComparisonSummary/notCompared``.
public struct CaptureComparison: Sendable {
    private let old: EvidenceDatabase
    private let new: EvidenceDatabase
    private let options: ComparisonOptions
    public let oldSide: ComparedCapture
    public let newSide: ComparedCapture

    /// Findings are compared by the rules that the databases were made with.
    ///
    /// - Throws: `SQLError`, and what a bundle throws that cannot be read any more.
    public init(
        _ old: EvidenceDatabase, _ new: EvidenceDatabase, options: ComparisonOptions = ComparisonOptions()
    ) async throws {
        guard old !== new else { throw SQLError(.refused, "a database cannot be compared with itself") }
        self.old = old
        self.new = new
        oldSide = try await ComparedCapture(old)
        newSide = try await ComparedCapture(new)
        var options = options
        options.hasSameCaseKey = ComparedCapture.hasSameCaseKey(oldSide, newSide)
        self.options = options
    }

    /// Whether one of them has anything of a namespace.
    public func has(namespace: String) async throws -> Bool {
        for database in [old, new] {
            let rows = try await database.rows(
                """
                SELECT 1 FROM objects WHERE namespace = ?1 OR kind = 'Namespace' AND name = ?1
                UNION ALL SELECT 1 FROM ledger WHERE namespace = ?1 UNION ALL SELECT 1 FROM logs WHERE namespace = ?1 LIMIT 1
                """, [.text(namespace)])
            if !rows.isEmpty { return true }
        }
        return false
    }

    /// Namespaces that they have objects of, at most 50 of each.
    public func namespaces() async throws -> [String] {
        var names: Set<String> = []
        for database in [old, new] {
            let rows = try await database.rows(
                "SELECT DISTINCT namespace FROM objects WHERE namespace IS NOT NULL ORDER BY 1 LIMIT 50")
            names.formUnion(rows.compactMap { $0.first?.text })
        }
        return names.sorted()
    }

    public var warnings: [String] { ComparedCapture.warnings(oldSide, newSide) }

    /// Hands out the differences, section by section, each in the order of its keys.
    ///
    /// - Throws: `SQLError`, `CancellationError`, and what `take` throws. A section that takes too long is said to be not whole.
    public func run(_ take: @escaping @Sendable (Difference) throws -> Void) async throws -> ComparisonSummary {
        var findings: (old: Findings, new: Findings)?
        if options.sections.contains(.findings) {
            async let before = old.findings()
            async let after = new.findings()
            findings = (try await before, try await after)
        }
        let stop = QueryStop()
        return try await withTaskCancellationHandler {
            try await SQLThread.run { [old, new, options, findings] in
                try old.confined(to: QueryLimits(time: nil), stop: stop) { one in
                    try new.confined(to: QueryLimits(time: nil), stop: stop) { other in
                        let tally = ComparisonTally(options, take)
                        let databases = try ComparedDatabases(one, other, options)
                        for section in DifferenceSection.allCases where options.sections.contains(section) {
                            tally.begin(section)
                            for database in [one, other] {
                                database.confine(to: QueryLimits(time: options.sectionTime), stop: stop)
                            }
                            do {
                                try Self.compare(section, databases, findings, tally)
                            } catch let error as SQLError {
                                guard error.code == .outOfTime || error.code == .outOfMemory else { throw error }
                                tally.failed(section, error.reason)
                            }
                        }
                        return tally.finish()
                    }
                }
            }
        } onCancel: {
            stop.set()
        }
    }

    private static func compare(
        _ section: DifferenceSection, _ databases: ComparedDatabases, _ findings: (old: Findings, new: Findings)?,
        _ tally: ComparisonTally
    ) throws {
        switch section {
        case .findings:
            guard let findings else { return }
            try FindingComparison(databases: databases, tally: tally).run(findings.old, findings.new)
        case .objects: try ObjectComparison(databases, tally).run()
        case .captured:
            // Without a ledger there is nothing to compare.
            guard databases.oldCoverage.hasLedger, databases.newCoverage.hasLedger else { return }
            fallthrough
        default:
            for query in SectionQuery.all where query.section == section {
                try RowComparison(query: query, databases: databases, tally: tally).run()
            }
        }
    }
}
