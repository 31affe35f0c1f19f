internal import SQLite

/// A table that is made when it is first asked for: what it takes is worth it only then.
protocol DeferredTable: Sendable {
    var table: DatabaseTable { get }
    /// Changes when its rows would, of the same capture.
    func mark() throws -> String

    /// Hands out its rows.
    ///
    /// - Returns: whether they are all, and would be the same the next time.
    func rows(_ database: EvidenceDatabase, _ row: ([SQLValue]) throws -> Void) async throws -> Bool
}

/// Makes deferred tables, each once.
actor DeferredTables {
    private let all: [any DeferredTable]
    private let kept: KeptParts?
    private var made: Set<String> = []
    private var underWay: [String: Task<Void, any Error>] = [:]

    /// - Parameter kept: where they are kept for the next time.
    init(_ all: [any DeferredTable], _ kept: KeptParts?) {
        self.all = all
        self.kept = kept
    }

    /// Makes those that are not there yet.
    func make(_ names: Set<String>, in database: EvidenceDatabase) async throws {
        for table in all where names.contains(table.table.name) {
            let name = table.table.name
            while !made.contains(name) {
                let task = underWay[name] ?? Task { [kept] in try await Self.fill(table, database, kept) }
                underWay[name] = task
                let result = await withTaskCancellationHandler {
                    await task.result
                } onCancel: {
                    task.cancel()
                }
                if underWay[name] == task { underWay[name] = nil }
                switch result {
                case .success: made.insert(name)
                // Somebody else was cancelled who had begun it: it is begun anew.
                case .failure(is CancellationError) where !Task.isCancelled: continue
                case .failure(let error): throw error
                }
            }
        }
    }

    private static func fill(_ table: any DeferredTable, _ database: EvidenceDatabase, _ kept: KeptParts?) async throws
    {
        if let rows = try kept?.rows(table) { return try database.fill(table.table, rows) }
        var rows: [[SQLValue]] = []
        let isWhole = try await table.rows(database) { rows.append($0) }
        try database.fill(table.table, rows)
        if isWhole, database.damage.count == 0 { try kept?.keep(rows, table) }
    }
}
