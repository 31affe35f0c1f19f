internal import SQLite

/// What SQL can be asked of: a table of an ``EvidenceDatabase``.
public struct TableDescription: Sendable, Hashable {
    public struct Column: Sendable, Hashable {
        public let name: String
        /// `TEXT`, `INTEGER` or `REAL`.
        public let type: String
        /// What it is; empty where the collector's definition says no more than the name.
        public let says: String
    }

    public let name: String
    /// What a row is; empty for a table that a collector declares.
    public let says: String
    public let columns: [Column]

    init(_ table: DatabaseTable) {
        name = table.name
        says = table.says
        columns = table.parsedColumns.map { Column(name: $0.name, type: $0.type, says: $0.says) }
    }

    init(name: String, columns: [Column]) {
        self.name = name
        says = ""
        self.columns = columns
    }

    /// Those that the inspector makes itself, of whatever capture.
    public static let own: [TableDescription] =
        (DatabaseTable.all + CombinedTables.all + FindingsTable.descriptions + [
            LogLinesTable.description, LogPatternsTable.description, LogCountsTable.description,
        ]).map(
            TableDescription.init)

    /// Those of a database that is not confined yet.
    static func all(in database: SQLDatabase) throws -> [TableDescription] {
        let known = Set(own.map(\.name))
        var others: [String: [Column]] = [:]
        let rows = try database.rows(
            """
            SELECT s.name, c.name, c.type
            FROM (SELECT name, type FROM sqlite_schema UNION ALL SELECT name, type FROM sqlite_temp_schema) s,
              pragma_table_info(s.name) c
            WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite~_%' ESCAPE '~' AND s.name NOT LIKE 'exhibit~_%' ESCAPE '~'
            ORDER BY s.name, c.cid
            """)
        for row in rows {
            guard let table = row[0].text, !known.contains(table), let column = row[1].text else { continue }
            others[table, default: []].append(Column(name: column, type: row[2].text ?? "", says: ""))
        }
        return own + others.sorted { $0.key < $1.key }.map { TableDescription(name: $0.key, columns: $0.value) }
    }
}

extension EvidenceDatabase {
    /// How many rows a table has.
    public func count(of table: TableDescription) async throws -> Int64 {
        try await rows("SELECT count(*) FROM \"\(table.name)\"").first?.first?.integer ?? 0
    }
}
