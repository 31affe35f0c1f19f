/// Names of tables and columns, which people type in SQL without quotes.
public enum TableNames {
    /// 1 to 63 of a–z, 0–9 and `_`, beginning with a letter.
    public static func isSpelledWell(_ name: String) -> Bool {
        (1...63).contains(name.utf8.count) && name.utf8.first.map { $0 &- 0x61 < 26 } == true
            && name.utf8.allSatisfy { $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == 0x5F }
    }

    /// Words of SQL (https://www.sqlite.org/lang_keywords.html): they would need quotes.
    public static func isKeyword(_ name: String) -> Bool { keywords.contains(name) }

    /// Tables that the inspector makes itself, and those of SQLite.
    public static func isReservedTable(_ name: String) -> Bool {
        name.hasPrefix("sqlite_") || name.hasPrefix("exhibit_") || tables.contains(name)
    }

    /// What every table has besides its columns: where a row comes from.
    public static let contextColumns = ["namespace", "pod", "container", "node", "entry", "line"]

    private static let tables: Set<String> = [
        "attempts", "bundle", "containers", "custody", "definitions", "entries", "events", "files", "findings", "images",
        "journal", "ledger", "log_lines", "logs", "namespaces", "nodes", "notes", "objects", "pods", "problems",
        "processes", "records", "sockets", "timeline", "volumes",
    ]

    private static let keywords: Set<String> = Set(
        """
        abort action add after all alter always analyze and as asc attach autoincrement before begin between by cascade \
        case cast check collate column commit conflict constraint create cross current current_date current_time \
        current_timestamp database default deferrable deferred delete desc detach distinct do drop each else end escape \
        except exclude exclusive exists explain fail filter first following for foreign from full generated glob group \
        groups having if ignore immediate in index indexed initially inner insert instead intersect into is isnull join \
        last left like limit match materialized natural no not nothing notnull null nulls of offset on or order others \
        outer over partition plan pragma preceding primary query raise range recursive references regexp reindex release \
        rename replace restrict returning right rollback row rows savepoint select set table temp temporary then ties to \
        transaction trigger unbounded union unique update using vacuum values view virtual when where window with without
        """.split(separator: " ").map(String.init))
}
