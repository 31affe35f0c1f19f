internal import CSQLite
internal import Glibc

extension SQLDatabase {
    /// Makes a virtual table known by a name. It is there in every statement from then on, without being created.
    public func add(_ table: any VirtualTable, as name: String) throws(SQLError) {
        let holder = Unmanaged.passRetained(TableHolder(table, self))
        let status = sqlite3_create_module_v2(
            handle, name, TableModule.module, holder.toOpaque(),
            { pointer in pointer.map { Unmanaged<TableHolder>.fromOpaque($0).release() } })
        guard status == SQLITE_OK else { throw error(status) }
        // Now, since declaring its columns is a CREATE TABLE to the authorizer of a database that is confined.
        try meet(name)
    }

    /// Makes SQLite connect to a table that is there by its name alone.
    func meet(_ name: String) throws(SQLError) {
        _ = try prepare("SELECT 1 FROM \"\(name)\" LIMIT 0")
    }
}

private final class TableHolder {
    let table: any VirtualTable
    /// Which owns this, by its connection.
    unowned let database: SQLDatabase

    init(_ table: any VirtualTable, _ database: SQLDatabase) {
        self.table = table
        self.database = database
    }
}

/// A cursor: the rows that are being read, and how many were.
private final class RowsHolder {
    let holder: TableHolder
    var rows: (any VirtualRows)?
    var number: Int64 = 0
    var isAtEnd = true

    init(_ holder: TableHolder) {
        self.holder = holder
    }
}

/// The functions by which SQLite reads a ``VirtualTable``.
private enum TableModule {
    /// Which outlives every database. Without `xCreate` a table cannot be created, and is there by its name.
    // why: it is made once and only read from then on.
    nonisolated(unsafe) static let module: UnsafeMutablePointer<sqlite3_module> = {
        let module = UnsafeMutablePointer<sqlite3_module>.allocate(capacity: 1)
        var functions = sqlite3_module()
        functions.iVersion = 1
        functions.xConnect = { database, context, _, _, made, message in
            guard let database, let context, let made else { return SQLITE_ERROR }
            let holder = Unmanaged<TableHolder>.fromOpaque(context).takeUnretainedValue()
            let status = sqlite3_declare_vtab(database, holder.table.declaration)
            guard status == SQLITE_OK else { return status }
            if holder.table.isForViews { exhibit_let_views_read(database) }
            let table = UnsafeMutablePointer<exhibit_table>.allocate(capacity: 1)
            table.initialize(to: exhibit_table())
            table.pointee.object = Unmanaged.passRetained(holder).toOpaque()
            made.pointee = UnsafeMutableRawPointer(table).assumingMemoryBound(to: sqlite3_vtab.self)
            return SQLITE_OK
        }
        functions.xDisconnect = { base in
            guard let base else { return SQLITE_ERROR }
            let table = UnsafeMutableRawPointer(base).assumingMemoryBound(to: exhibit_table.self)
            Unmanaged<TableHolder>.fromOpaque(table.pointee.object).release()
            table.deallocate()
            return SQLITE_OK
        }
        functions.xBestIndex = { base, info in
            guard let base, let info else { return SQLITE_ERROR }
            return plan(holder(base).table, info)
        }
        functions.xOpen = { base, made in
            guard let base, let made else { return SQLITE_ERROR }
            let cursor = UnsafeMutablePointer<exhibit_cursor>.allocate(capacity: 1)
            cursor.initialize(to: exhibit_cursor())
            cursor.pointee.object = Unmanaged.passRetained(RowsHolder(holder(base))).toOpaque()
            made.pointee = UnsafeMutableRawPointer(cursor).assumingMemoryBound(to: sqlite3_vtab_cursor.self)
            return SQLITE_OK
        }
        functions.xClose = { base in
            guard let base else { return SQLITE_ERROR }
            let cursor = UnsafeMutableRawPointer(base).assumingMemoryBound(to: exhibit_cursor.self)
            Unmanaged<RowsHolder>.fromOpaque(cursor.pointee.object).release()
            cursor.deallocate()
            return SQLITE_OK
        }
        functions.xFilter = { base, _, text, count, values in
            guard let base else { return SQLITE_ERROR }
            let cursor = rows(base)
            let wanted = text.map { String(cString: $0) } ?? ""
            var filters: [TableFilter] = []
            for (index, part) in wanted.split(separator: ",").enumerated() where index < Int(count) {
                let fields = part.split(separator: ":").compactMap { Int($0) }
                guard fields.count == 2, let comparison = TableFilter.Comparison(rawValue: UInt8(fields[1])),
                    let value = values?[index]
                else { return SQLITE_ERROR }
                filters.append(TableFilter(column: fields[0], comparison: comparison, value: read(value)))
            }
            cursor.rows = nil
            cursor.number = 0
            return attempt(base) {
                let database = cursor.holder.database
                cursor.rows = try cursor.holder.table.open(filters, isOver: { database.watch?.isOver == true })
                cursor.isAtEnd = try cursor.rows?.next() != true
            }
        }
        functions.xNext = { base in
            guard let base else { return SQLITE_ERROR }
            let cursor = rows(base)
            return attempt(base) {
                cursor.isAtEnd = try cursor.rows?.next() != true
                cursor.number += 1
            }
        }
        functions.xEof = { base in
            guard let base else { return 1 }
            return rows(base).isAtEnd ? 1 : 0
        }
        functions.xColumn = { base, context, column in
            guard let base, let context else { return SQLITE_ERROR }
            give(rows(base).rows?.value(Int(column)) ?? .null, to: context)
            return SQLITE_OK
        }
        functions.xRowid = { base, number in
            guard let base, let number else { return SQLITE_ERROR }
            number.pointee = rows(base).number
            return SQLITE_OK
        }
        module.initialize(to: functions)
        return module
    }()

    private static func holder(_ base: UnsafeMutablePointer<sqlite3_vtab>) -> TableHolder {
        let table = UnsafeMutableRawPointer(base).assumingMemoryBound(to: exhibit_table.self)
        return Unmanaged<TableHolder>.fromOpaque(table.pointee.object).takeUnretainedValue()
    }

    private static func rows(_ base: UnsafeMutablePointer<sqlite3_vtab_cursor>) -> RowsHolder {
        let cursor = UnsafeMutableRawPointer(base).assumingMemoryBound(to: exhibit_cursor.self)
        return Unmanaged<RowsHolder>.fromOpaque(cursor.pointee.object).takeUnretainedValue()
    }

    /// Chooses what is told to the table: `column:comparison` for each, in the order of the values that come.
    private static func plan(
        _ table: any VirtualTable, _ info: UnsafeMutablePointer<sqlite3_index_info>
    ) -> Int32 {
        var parts: [String] = []
        var cost = 1e7
        for index in 0..<Int(info.pointee.nConstraint) {
            let constraint = info.pointee.aConstraint[index]
            guard constraint.usable != 0, let comparison = TableFilter.Comparison(rawValue: constraint.op),
                table.useful[Int(constraint.iColumn)]?.contains(comparison) == true, isBinary(info, index)
            else { continue }
            parts.append("\(constraint.iColumn):\(comparison.rawValue)")
            info.pointee.aConstraintUsage[index].argvIndex = Int32(parts.count)
            cost /= comparison == .equal ? 20 : 2
        }
        info.pointee.estimatedCost = max(cost, 10)
        info.pointee.estimatedRows = Int64(max(cost, 10))
        let text = parts.joined(separator: ",")
        guard let copy = sqlite3_malloc(Int32(text.utf8.count) + 1) else { return SQLITE_NOMEM }
        text.withCString { _ = strcpy(copy.assumingMemoryBound(to: CChar.self), $0) }
        info.pointee.idxStr = copy.assumingMemoryBound(to: CChar.self)
        info.pointee.needToFreeIdxStr = 1
        return SQLITE_OK
    }

    /// Whether texts are compared byte by byte, as a table does.
    private static func isBinary(_ info: UnsafeMutablePointer<sqlite3_index_info>, _ index: Int) -> Bool {
        sqlite3_vtab_collation(info, Int32(index)).map { String(cString: $0) == "BINARY" } ?? false
    }

    /// What a table throws becomes the error of the statement.
    private static func attempt(
        _ base: UnsafeMutablePointer<sqlite3_vtab_cursor>, _ body: () throws -> Void
    ) -> Int32 {
        do {
            try body()
            return SQLITE_OK
        } catch {
            rows(base).holder.database.thrown = error
            return error is CancellationError ? SQLITE_INTERRUPT : SQLITE_ERROR
        }
    }

    private static func read(_ value: OpaquePointer) -> SQLValue {
        switch sqlite3_value_type(value) {
        case SQLITE_INTEGER: return .integer(sqlite3_value_int64(value))
        case SQLITE_FLOAT: return .real(sqlite3_value_double(value))
        case SQLITE_TEXT:
            guard let text = sqlite3_value_text(value) else { return .null }
            let count = Int(sqlite3_value_bytes(value))
            return .text(String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            guard let bytes = sqlite3_value_blob(value) else { return .blob([]) }
            return .blob(Array(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_value_bytes(value)))))
        default: return .null
        }
    }

    private static func give(_ value: SQLValue, to context: OpaquePointer) {
        let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        switch value {
        case .null: sqlite3_result_null(context)
        case .integer(let number): sqlite3_result_int64(context, number)
        case .real(let number): sqlite3_result_double(context, number)
        case .text(var text):
            text.withUTF8 { buffer in
                buffer.withMemoryRebound(to: CChar.self) {
                    if let start = $0.baseAddress {
                        sqlite3_result_text64(context, start, UInt64($0.count), copied, UInt8(SQLITE_UTF8))
                    } else {
                        sqlite3_result_text(context, "", 0, copied)
                    }
                }
            }
        case .blob(let bytes):
            bytes.withUnsafeBytes {
                if let start = $0.baseAddress {
                    sqlite3_result_blob64(context, start, UInt64($0.count), copied)
                } else {
                    sqlite3_result_zeroblob(context, 0)
                }
            }
        }
    }
}
