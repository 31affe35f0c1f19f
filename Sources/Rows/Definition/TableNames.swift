/// Names of tables and columns, which people type in SQL without quotes.
public enum TableNames {
    /// 1 to 63 of a–z, 0–9 and `_`, beginning with a letter.
    public static func isSpelledWell(_ name: String) -> Bool {
        (1...63).contains(name.utf8.count) && name.utf8.first.map { $0 &- 0x61 < 26 } == true
            && name.utf8.allSatisfy { $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == 0x5F }
    }

    /// Words of SQL that SQLite takes for no name unless they are in quotes (https://www.sqlite.org/lang_keywords.html).
    public static func isKeyword(_ name: String) -> Bool { keywords.contains(name) }

    /// Tables that the inspector makes itself, and those of SQLite.
    public static func isReservedTable(_ name: String) -> Bool {
        reservedPrefixes.contains { name.hasPrefix($0) } || tables.contains(name)
    }

    /// Those of SQLite itself and of its functions that are tables, and the inspector's own.
    private static let reservedPrefixes = [
        "sqlite_", "exhibit_", "json_", "pragma_", "fts", "rtree", "dbstat", "generate_series", "bytecode",
        "tables_used",
    ]

    /// What every table has besides its columns: where a row comes from.
    public static let contextColumns = ["namespace", "pod", "container", "node", "entry", "line"]

    private static let tables: Set<String> = [
        "attempts", "autoscalers", "bundle", "certificates", "claims", "conditions", "containers", "custody",
        "definitions", "endpoints", "entries", "events", "files", "finding_rules", "findings", "images", "ingresses",
        "journal",
        "labels", "ledger", "log_counts", "log_lines", "log_patterns", "logs", "namespaces", "network_policies",
        "nodes", "notes",
        "managed_fields", "object_changes", "objects",
        "pod_references", "pod_volumes", "pods", "problems", "processes", "quotas", "records", "role_bindings",
        "role_rules", "service_pods", "service_ports", "services", "sockets", "timeline", "volumes", "workloads",
    ]

    private static let keywords: Set<String> = Set(
        """
        add all alter and as autoincrement between case cast check collate commit constraint create default deferrable \
        delete distinct drop else escape except exists foreign from group having if in index insert intersect into is \
        isnull join limit not nothing notnull null on or order primary raise references returning select set table \
        then to transaction union unique update using values when where
        """.split(separator: " ").map(String.init))
}
