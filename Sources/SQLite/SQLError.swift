internal import CSQLite

/// Why SQLite could not do something.
public struct SQLError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// What was asked for is not SQL, or names what is not there.
        case badSQL
        /// It would change something, or is not allowed for another reason.
        case refused
        /// It ran out of its time.
        case outOfTime
        /// It ran out of its memory.
        case outOfMemory
        /// It was cancelled.
        case cancelled
        /// A database file that cannot be opened, read or written, or is damaged.
        case file
        /// A virtual table failed; the reason is its own.
        case table
        case other
    }

    public let code: Code
    /// As SQLite says it. It may quote the SQL, and thereby whatever was put into it.
    public let reason: String

    public init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    public var description: String { reason }

    init(_ status: Int32, _ handle: OpaquePointer?) {
        let words = handle.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(status))
        let code: Code =
            switch status & 0xFF {
            case SQLITE_ERROR, SQLITE_RANGE, SQLITE_MISUSE, SQLITE_MISMATCH, SQLITE_CONSTRAINT: .badSQL
            case SQLITE_AUTH, SQLITE_READONLY, SQLITE_PERM: .refused
            case SQLITE_NOMEM, SQLITE_TOOBIG: .outOfMemory
            case SQLITE_INTERRUPT: .cancelled
            case SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FULL, SQLITE_BUSY, SQLITE_LOCKED:
                .file
            default: .other
            }
        self.init(code, words)
    }
}
