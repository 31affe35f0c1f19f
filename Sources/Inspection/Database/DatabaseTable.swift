/// A table of the ``EvidenceDatabase`` that the inspector makes itself.
struct DatabaseTable: Sendable {
    let name: String
    /// What a row is.
    let says: String
    /// `name TYPE -- what it is`, a line each: they are its definition, and its documentation.
    let columns: String
    /// What fills it from the other tables, when they are there; nil where the program does.
    var fill: String?
    /// Columns of an index over it, where others are made of it.
    var index: String?

    /// One column.
    struct Column: Sendable, Hashable {
        let name: String
        /// `TEXT`, `INTEGER` or `REAL`.
        let type: String
        let says: String
    }

    var parsedColumns: [Column] {
        columns.split(separator: "\n").map { line in
            let parts = line.split(separator: "--", maxSplits: 1)
            let words = parts[0].split(separator: " ")
            let says = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
            return Column(name: String(words[0]), type: String(words[1]), says: String(says))
        }
    }

    /// The statement that makes it, empty; temporary: in memory, whatever the database is in.
    func creation(isTemporary: Bool = false) -> String {
        let list = parsedColumns.map { column in
            "\"\(column.name)\" \(column.type)"
                + (column.name == "id" && column.type == "INTEGER" ? " PRIMARY KEY" : "")
        }.joined(separator: ", ")
        return "CREATE \(isTemporary ? "TEMP " : "")TABLE \"\(name)\" (\(list))"
    }

    /// The statement that adds a row, with all its columns.
    var insertion: String {
        let columns = parsedColumns
        let names = columns.map { "\"\($0.name)\"" }.joined(separator: ", ")
        return
            "INSERT INTO \"\(name)\" (\(names)) VALUES (\((1...columns.count).map { "?\($0)" }.joined(separator: ", ")))"
    }

    /// Everything but what collectors declare and what is made when it is asked for, in an order in which each can be filled.
    static let all: [DatabaseTable] = capture + objects + pods + workloads + network + cluster
}
