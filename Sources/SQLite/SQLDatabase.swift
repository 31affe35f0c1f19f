internal import CSQLite

/// A database of SQLite. Used by one thread at a time.
///
/// What its schema says runs no function that could do harm (`trusted_schema` is off, `defensive` is on), and extensions cannot be loaded.
public final class SQLDatabase {
    let handle: OpaquePointer
    /// What the hooks of the connection refer to; it lives as long as the connection.
    var watch: QueryWatch?
    /// Whether statements may only read.
    var isConfined = false
    /// What a virtual table threw, until the statement that it ended is told.
    var thrown: (any Error)?

    /// Where a database is.
    public enum Place: Sendable, Hashable {
        /// In memory: nothing of it touches a disk.
        case memory
        /// In a file that is there, empty, and that nobody else uses while it is filled. A crash leaves it useless.
        case filling(String)
        /// In a file that nobody changes any more. It is read and nothing else.
        case reading(String)
    }

    /// Opens it; one in memory is empty.
    ///
    /// - Throws: `SQLError` with the code `file` when the file is none of SQLite's, or cannot be opened.
    public init(_ place: Place = .memory) throws(SQLError) {
        let (name, flags) = Self.opening(place)
        var handle: OpaquePointer?
        let status = sqlite3_open_v2(name, &handle, flags | SQLITE_OPEN_NOMUTEX, nil)
        guard let handle else { throw SQLError(status, nil) }
        guard status == SQLITE_OK else {
            let error = SQLError(status, handle)
            sqlite3_close_v2(handle)
            throw error
        }
        self.handle = handle
        sqlite3_extended_result_codes(handle, 1)
        for (option, on) in [
            (SQLITE_DBCONFIG_DEFENSIVE, 1), (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
            (SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0), (SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0),
            (SQLITE_DBCONFIG_DQS_DML, 0), (SQLITE_DBCONFIG_DQS_DDL, 0), (SQLITE_DBCONFIG_ENABLE_TRIGGER, 0),
        ] {
            guard exhibit_set_flag(handle, option, Int32(on)) == SQLITE_OK else {
                throw SQLError(.other, "this SQLite has not the option \(option)")
            }
        }
        // Sorting and temporary tables stay in memory: an encrypted bundle leaves nothing on a disk.
        try run("PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;")
        for name in ["json_each", "json_tree"] { try meet(name) }
        if case .filling = place {
            try run(
                "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -65536;"
            )
        }
    }

    private static func opening(_ place: Place) -> (name: String, flags: Int32) {
        switch place {
        case .memory: (":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY)
        case .filling(let path): (path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW)
        // Without locks and journals, as nobody writes: https://www.sqlite.org/uri.html
        case .reading(let path):
            (
                "file:\(path.utf8.map(escaped).joined())?immutable=1",
                SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOFOLLOW
            )
        }
    }

    /// A byte of a path in a URI.
    private static func escaped(_ byte: UInt8) -> String {
        let isPlain = (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || "/-._".utf8.contains(byte)
        return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }

    deinit {
        sqlite3_close_v2(handle)
    }

    /// The version of SQLite, as `3.40.1`.
    public static var version: String { String(cString: sqlite3_libversion()) }

    /// Of all databases of this program together, in bytes: what would need more fails with ``SQLError/Code/outOfMemory``.
    public static func limitMemory(to bytes: Int) {
        sqlite3_hard_heap_limit64(Int64(bytes))
    }

    /// Runs statements, one after the other, and drops their rows.
    public func run(_ script: String) throws(SQLError) {
        let status = sqlite3_exec(handle, script, nil, nil, nil)
        guard status == SQLITE_OK else { throw error(status) }
    }

    /// Makes one statement ready.
    ///
    /// - Throws: when it is not one statement of SQL, or would do what is not allowed.
    public func prepare(_ sql: String) throws(SQLError) -> SQLStatement {
        var sql = sql
        var statement: OpaquePointer?
        var rest = 0
        let status = sql.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text -> Int32 in
                var tail: UnsafePointer<CChar>?
                let status = sqlite3_prepare_v3(handle, text.baseAddress, Int32(text.count), 0, &statement, &tail)
                if let tail, let start = text.baseAddress { rest = text.count - (tail - start) }
                return status
            }
        }
        guard status == SQLITE_OK else { throw error(status) }
        guard let statement else { throw SQLError(.badSQL, "there is no statement in it") }
        let made = SQLStatement(statement, of: self)
        let tail = sql.utf8.suffix(rest)
        guard isBlank(Array(tail)) else {
            throw SQLError(.badSQL, "there is more than one statement in it")
        }
        return made
    }

    /// The rows of a statement, all of them at once.
    public func rows(_ sql: String, _ values: [SQLValue] = []) throws(SQLError) -> [[SQLValue]] {
        let statement = try prepare(sql)
        try statement.bind(values)
        var rows: [[SQLValue]] = []
        while try statement.step() { rows.append(statement.row) }
        return rows
    }

    /// Whether there is nothing but blanks, semicolons and comments: SQLite makes no statement of it.
    private func isBlank(_ text: [UInt8]) -> Bool {
        guard !text.isEmpty else { return true }
        var statement: OpaquePointer?
        let status = text.withUnsafeBytes { bytes in
            sqlite3_prepare_v3(
                handle, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), 0, &statement, nil)
        }
        defer { sqlite3_finalize(statement) }
        return status == SQLITE_OK && statement == nil
    }

    func error(_ status: Int32) -> SQLError {
        let thrown = thrown
        self.thrown = nil
        if let reason = watch?.reason, status & 0xFF == SQLITE_INTERRUPT || thrown != nil { return reason }
        if let error = thrown as? SQLError { return error }
        if let thrown { return SQLError(thrown is CancellationError ? .cancelled : .table, "\(thrown)") }
        return SQLError(status, handle)
    }
}
