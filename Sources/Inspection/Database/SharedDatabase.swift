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

    /// An empty database that is to be filled.
    init(_ limits: DatabaseLimits) throws {
        SQLDatabase.limitMemory(to: limits.memoryBytes)
        let database = try SQLDatabase()
        state = Mutex(State(database: database, store: try DatabaseStore(database, limits)))
    }

    func fill<Result: Sendable>(_ body: (DatabaseStore) throws -> Result) throws -> Result {
        try state.withLock { state in
            guard let store = state.store else { throw SQLError(.refused, "the database is filled already") }
            return try body(store)
        }
    }

    /// Ends the filling.
    func finish() throws {
        try state.withLock { state in
            try state.store?.finish()
            state.store = nil
        }
    }

    func use<Result: Sendable>(_ body: (SQLDatabase) throws -> Result) rethrows -> Result {
        try state.withLock { try body($0.database) }
    }
}
