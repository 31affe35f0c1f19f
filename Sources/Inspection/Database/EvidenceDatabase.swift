public import Bundle
public import Collection
public import Rows
public import SQLite

/// A capture as tables of SQLite: what was captured, objects of the cluster, what collectors brought, and lines of logs.
///
/// It is made of the capture when it is opened, on all cores. What it says is what the capture says: nothing in it is proved.
/// SQL that is run here can only read, within a time, and in bounded memory.
public final class EvidenceDatabase: Sendable {
    private let shared: SharedDatabase
    private let deferred: DeferredTables
    /// Files that were not, or not wholly, what was captured, as far as they have been read: by making the database, and by reading
    /// logs. Rows of them are missing, or not to be relied on.
    public let damage: Damage
    public let capture: any Capture
    /// What closes the capture, if it is a bundle, and can be read.
    public let closing: BundleClosing?
    /// The inspector's own first, then those of collectors, which have rows only where something was captured by them.
    public let tables: [TableDescription]

    private init(
        _ capture: any Capture, _ shared: SharedDatabase, _ damage: Damage, _ closing: BundleClosing?,
        _ rules: @escaping @Sendable () throws -> [RecordedFindings], _ kept: KeptParts?
    ) throws {
        let deferred: [any DeferredTable] =
            [LogCountsTable(capture: capture, damage: damage)] + FindingsTable.all(rules)
        self.capture = capture
        self.shared = shared
        self.damage = damage
        self.closing = closing
        self.deferred = DeferredTables(deferred, kept)
        tables = try shared.use { database in
            try database.add(LogLinesTable(capture, damage), as: LogLinesTable.description.name)
            try database.add(LogPatternsTable(capture, damage), as: LogPatternsTable.description.name)
            for deferred in deferred { try database.run(deferred.table.creation(isTemporary: true)) }
            return try TableDescription.all(in: database)
        }
    }

    /// Makes the database of a capture: in memory, or, of a bundle that holds together and is not encrypted, in the cache. Then it is
    /// there at once the next time.
    ///
    /// - Parameters:
    ///   - rules: that ``findings()`` and the table `findings` are made by, when they are asked for.
    ///   - tables: of their collectors, which are there without rows where the capture has none of them.
    /// - Throws: what the capture throws when it cannot be read, `SQLError`, `CancellationError`, and what `rules` throws.
    public convenience init(
        _ capture: any Capture, limits: DatabaseLimits = DatabaseLimits(), cache: DatabaseCache? = nil,
        tables: [TableDefinition] = [], rules: @escaping @Sendable () throws -> [RecordedFindings] = { [] }
    ) async throws {
        let bundle = capture as? BundleCapture
        let reader = bundle?.reader
        var closing = bundle?.closing
        if let reader, closing == nil {
            do { closing = try await reader.closing() } catch is BundleError {}
        }
        var kept: KeptParts?
        if let cache, let reader, !reader.isEncrypted, let closing, closing.unsealed.isEmpty, let seal = closing.sealID
        {
            kept = KeptParts(cache: cache, seal: seal)
        }
        let (shared, damage) = try await Self.open(capture, limits, closing, kept)
        try shared.use { database in
            for table in tables { try CollectorRows.addMissing(table, to: database) }
        }
        try self.init(capture, shared, damage, closing, rules, kept)
    }

    private static func open(
        _ capture: any Capture, _ limits: DatabaseLimits, _ closing: BundleClosing?, _ kept: KeptParts?
    ) async throws -> (SharedDatabase, Damage) {
        if let path = kept?.path, let shared = try? SharedDatabase(reading: path, limits) {
            return (shared, Damage())
        }
        if let draft = kept?.begin() {
            do {
                let damage = Damage()
                let shared = try SharedDatabase(limits, in: .filling(draft.path))
                let isWhole = try await DatabaseBuilder(
                    capture: capture, limits: limits, shared: shared, damage: damage, closing: closing
                ).build()
                guard isWhole, damage.count == 0, let path = draft.keep() else { return (shared, damage) }
                return (try SharedDatabase(reading: path, limits), damage)
            } catch let error as SQLError {
                // A full disk, for one: it is only a cache.
                guard error.code == .file else { throw error }
            }
        }
        let damage = Damage()
        let shared = try SharedDatabase(limits)
        _ = try await DatabaseBuilder(
            capture: capture, limits: limits, shared: shared, damage: damage, closing: closing
        ).build()
        return (shared, damage)
    }

    /// Makes the database of an example of a rule.
    ///
    /// - Parameters:
    ///   - tables: of its collector, where that is none of this program's.
    ///   - rules: as of a capture.
    /// - Throws: `SQLError` when it has rows of a table, or columns, that there are not.
    public convenience init(
        _ example: FindingExample, tables: [TableDefinition] = [],
        rules: @escaping @Sendable () throws -> [RecordedFindings] = { [] }
    ) async throws {
        let capture = ExampleCapture(example)
        let shared = try SharedDatabase(DatabaseLimits())
        let damage = Damage()
        _ = try await DatabaseBuilder(
            capture: capture, limits: DatabaseLimits(), shared: shared, damage: damage, tables: tables,
            rows: example.rows
        ).build()
        try self.init(capture, shared, damage, nil, rules, nil)
    }

    /// Makes what a statement reads and what is made only when it is asked for. ``query(_:_:limits:columns:row:)`` does it, too: whoever
    /// measures the time of that calls this before.
    ///
    /// - Throws: what making it throws.
    public func prepare(for sql: String) async throws {
        try await deferred.make(try await names(in: sql), in: self)
    }

    /// On a thread of its own: another statement may have the database, and wait for tasks.
    private func names(in sql: String) async throws -> Set<String> {
        try await SQLThread.run { [shared] in shared.use { $0.tables(readBy: sql) } }
    }

    /// Gives a deferred table its rows.
    func fill(_ table: DatabaseTable, _ rows: [[SQLValue]]) throws {
        try shared.use { database in
            try database.unconfined {
                try database.run("BEGIN; DELETE FROM temp.\"\(table.name)\"")
                let insert = try database.prepare(table.insertion)
                for row in rows { try insert.run(row) }
                try database.run("COMMIT")
            }
        }
    }

    /// Runs one statement that reads, on a thread of its own.
    ///
    /// - Parameters:
    ///   - values: of its parameters, `?1` and so on.
    ///   - columns: gets the names of the columns, before the first row.
    ///   - row: gets each row. What it throws ends the statement, and is thrown on.
    /// - Throws: `SQLError`, `CancellationError`.
    public func query(
        _ sql: String, _ values: [SQLValue] = [], limits: QueryLimits = QueryLimits(time: .seconds(60)),
        columns: @escaping @Sendable ([String]) throws -> Void = { _ in },
        row: @escaping @Sendable ([SQLValue]) throws -> Void
    ) async throws {
        try await prepare(for: sql)
        try await ask(sql, values, limits: limits, columns: columns, row: row)
    }

    /// Runs the statement of a rule: as ``query(_:_:limits:columns:row:)``, but what rules find is not there for rules.
    func ask(
        _ rule: FindingRule, limits: QueryLimits, columns: @escaping @Sendable ([String]) throws -> Void,
        row: @escaping @Sendable ([SQLValue]) throws -> Void
    ) async throws {
        let names = try await names(in: rule.sql)
        guard names.isDisjoint(with: FindingsTable.descriptions.map(\.name)) else {
            throw SQLError(.refused, "a rule cannot ask for findings")
        }
        try await deferred.make(names, in: self)
        try await ask(rule.sql, limits: limits, columns: columns, row: row)
    }

    /// Runs one statement on what is there.
    func ask(
        _ sql: String, _ values: [SQLValue] = [], limits: QueryLimits,
        columns: @escaping @Sendable ([String]) throws -> Void = { _ in },
        row: @escaping @Sendable ([SQLValue]) throws -> Void
    ) async throws {
        let stop = QueryStop()
        try await withTaskCancellationHandler {
            try await SQLThread.run { [shared] in
                try shared.use { database in
                    database.confine(to: limits, stop: stop)
                    let statement = try database.prepare(sql)
                    try statement.bind(values)
                    try columns(statement.columns)
                    while try statement.step() { try row(statement.row) }
                }
            }
        } onCancel: {
            stop.set()
        }
    }

    /// Lets several statements be run side by side, on the thread that calls. None of this object's other functions may be used meanwhile.
    func confined<Result: Sendable>(
        to limits: QueryLimits, stop: QueryStop, _ body: (SQLDatabase) throws -> Result
    ) rethrows -> Result {
        try shared.use { database in
            database.confine(to: limits, stop: stop)
            return try body(database)
        }
    }

    /// The rows of a statement, all of them at once: for those that are known to be few.
    public func rows(_ sql: String, _ values: [SQLValue] = []) async throws -> [[SQLValue]] {
        let all = RowBox()
        try await query(sql, values) { all.append($0) }
        return all.rows
    }
}
