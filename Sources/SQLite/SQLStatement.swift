internal import CSQLite

/// A statement that was made ready. Used by one thread at a time, as its ``SQLDatabase`` is.
public final class SQLStatement {
    private let handle: OpaquePointer
    /// Which lives at least as long.
    private let database: SQLDatabase

    init(_ handle: OpaquePointer, of database: SQLDatabase) {
        self.handle = handle
        self.database = database
    }

    deinit {
        sqlite3_finalize(handle)
    }

    /// Names of the columns of its rows; none for what has no rows.
    public var columns: [String] {
        (0..<sqlite3_column_count(handle)).map { sqlite3_column_name(handle, $0).map { String(cString: $0) } ?? "" }
    }

    /// Number of parameters, `?1` to this one.
    public var parameters: Int { Int(sqlite3_bind_parameter_count(handle)) }

    /// Whether it leaves the database file as it is.
    public var isReadOnly: Bool { sqlite3_stmt_readonly(handle) != 0 }

    /// Gives its parameters values, from `?1` on.
    public func bind(_ values: [SQLValue]) throws(SQLError) {
        for (index, value) in values.enumerated() { try bind(value, at: Int32(index) + 1) }
    }

    /// Gives a parameter a text that need not be a `String`. What is not UTF-8 in it is the caller's own trouble.
    public func bind(utf8 bytes: ArraySlice<UInt8>, at index: Int) throws(SQLError) {
        try check(bytes.withUnsafeBytes { bindText($0, Int32(index)) })
    }

    private func bindText(_ bytes: UnsafeRawBufferPointer, _ index: Int32) -> Int32 {
        // Without an address it would be SQL's null.
        guard let start = bytes.baseAddress else { return sqlite3_bind_text(handle, index, "", 0, Self.copied) }
        return sqlite3_bind_text64(
            handle, index, start.assumingMemoryBound(to: CChar.self), UInt64(bytes.count), Self.copied,
            UInt8(SQLITE_UTF8))
    }

    private func bind(_ value: SQLValue, at index: Int32) throws(SQLError) {
        switch value {
        case .null: try check(sqlite3_bind_null(handle, index))
        case .integer(let number): try check(sqlite3_bind_int64(handle, index, number))
        case .real(let number): try check(sqlite3_bind_double(handle, index, number))
        case .text(var text): try check(text.withUTF8 { bindText(UnsafeRawBufferPointer($0), index) })
        case .blob(let bytes):
            try check(
                bytes.withUnsafeBytes { buffer in
                    guard let start = buffer.baseAddress else { return sqlite3_bind_zeroblob(handle, index, 0) }
                    return sqlite3_bind_blob64(handle, index, start, UInt64(buffer.count), Self.copied)
                })
        }
    }

    /// Goes to the next row; false when there is none.
    public func step() throws(SQLError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let status: throw database.error(status)
        }
    }

    /// Runs it to its end, with new values of its parameters, and makes it ready again.
    public func run(_ values: [SQLValue] = []) throws(SQLError) {
        defer { reset() }
        try bind(values)
        while try step() {}
    }

    /// Makes it ready to be run again. Its parameters keep their values.
    public func reset() {
        sqlite3_reset(handle)
    }

    /// A value of the present row.
    public subscript(_ column: Int) -> SQLValue {
        let index = Int32(column)
        switch sqlite3_column_type(handle, index) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, index))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(handle, index))
        case SQLITE_TEXT:
            guard let text = sqlite3_column_text(handle, index) else { return .null }
            let count = Int(sqlite3_column_bytes(handle, index))
            return .text(String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            guard let bytes = sqlite3_column_blob(handle, index) else { return .blob([]) }
            return .blob(
                Array(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, index)))))
        default: return .null
        }
    }

    /// The present row.
    public var row: [SQLValue] { (0..<Int(sqlite3_data_count(handle))).map { self[$0] } }

    private func check(_ status: Int32) throws(SQLError) {
        guard status == SQLITE_OK else { throw database.error(status) }
    }

    /// `SQLITE_TRANSIENT`: SQLite makes a copy.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
