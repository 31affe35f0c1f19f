internal import Bundle
public import Collection
public import Rows
public import SQLite

/// A capture as tables of SQLite: what was captured, objects of the cluster, what collectors brought, and lines of logs.
///
/// It is made of the capture when it is opened, on all cores. What it says is what the capture says: nothing in it is proved.
/// SQL that is run here can only read, within a time, and in bounded memory.
public final class EvidenceDatabase: Sendable {
    private let shared: SharedDatabase
    /// Files that were not, or not wholly, what was captured, as far as they have been read: by making the database, and by reading
    /// `log_lines`. Rows of them are missing, or not to be relied on.
    public let damage: Damage
    public let capture: any Capture
    /// The inspector's own first, then those of collectors, which have rows only where something was captured by them.
    public let tables: [TableDescription]

    private init(_ capture: any Capture, _ shared: SharedDatabase, _ damage: Damage) throws {
        self.capture = capture
        self.shared = shared
        self.damage = damage
        tables = try shared.use { try TableDescription.all(in: $0) }
    }

    /// Makes the database of a capture, in memory.
    ///
    /// - Throws: what the capture throws when it cannot be read, `SQLError`, `CancellationError`.
    public convenience init(_ capture: any Capture, limits: DatabaseLimits = DatabaseLimits()) async throws {
        let shared = try SharedDatabase(limits)
        let damage = Damage()
        try await DatabaseBuilder(capture: capture, limits: limits, shared: shared, damage: damage).build()
        try shared.use { try $0.add(LogLinesTable(capture, damage), as: LogLinesTable.description.name) }
        try self.init(capture, shared, damage)
    }

    /// Makes the database of an example of a rule.
    ///
    /// - Parameter tables: of its collector, where that is none of this program's.
    /// - Throws: `SQLError` when it has rows of a table, or columns, that there are not.
    public convenience init(_ example: FindingExample, tables: [TableDefinition] = []) async throws {
        let capture = ExampleCapture(example)
        let shared = try SharedDatabase(DatabaseLimits())
        let damage = Damage()
        try await DatabaseBuilder(
            capture: capture, limits: DatabaseLimits(), shared: shared, damage: damage, tables: tables,
            rows: example.rows
        ).build()
        try shared.use { try $0.add(LogLinesTable(capture, damage), as: LogLinesTable.description.name) }
        try self.init(capture, shared, damage)
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
