internal import SQLite
internal import Synchronization

/// A database that several threads use, one at a time.
final class SharedDatabase: Sendable {
    private struct State {
        let database: SQLDatabase
        /// While it is being filled.
        var store: DatabaseStore?
    }

    private let state: Mutex<State>

    /// One that was filled before.
    init(reading path: String, _ limits: DatabaseLimits) throws {
        SQLDatabase.limitMemory(to: limits.memoryBytes)
        let database = try SQLDatabase(.reading(path))
        // Whether it is one at all.
        _ = try database.rows("SELECT count(*) FROM bundle")
        state = Mutex(State(database: database, store: nil))
    }

    /// An empty database that is to be filled.
    init(_ limits: DatabaseLimits, in place: SQLDatabase.Place = .memory) throws {
        SQLDatabase.limitMemory(to: limits.memoryBytes)
        let database = try SQLDatabase(place)
        state = Mutex(State(database: database, store: try DatabaseStore(database, limits)))
    }

    func fill<Result: Sendable>(_ body: (DatabaseStore) throws -> Result) throws -> Result {
        try state.withLock { state in
            guard let store = state.store else { throw SQLError(.refused, "the database is filled already") }
            return try body(store)
        }
    }

    /// Ends the filling.
    ///
    /// - Returns: whether the same would come of it another time.
    func finish() throws -> Bool {
        try state.withLock { state in
            defer { state.store = nil }
            try state.store?.finish()
            return state.store?.lacksTime != true
        }
    }

    func use<Result: Sendable>(_ body: (SQLDatabase) throws -> Result) rethrows -> Result {
        try state.withLock { try body($0.database) }
    }
}
