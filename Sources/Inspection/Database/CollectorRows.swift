internal import Collection
internal import Rows
internal import SQLite

/// Makes the tables that collectors declare, and their rows.
struct CollectorRows {
    let shared: SharedDatabase
    let limits: DatabaseLimits
    let damage: Damage
    private var made: Set<String> = []
    /// Of this program: what SQL that comes with it can count on.
    private let builtIn: [String: [TableColumn]]

    init(shared: SharedDatabase, limits: DatabaseLimits, damage: Damage) throws {
        self.shared = shared
        self.limits = limits
        self.damage = damage
        builtIn = try Self.builtInColumns.get()
    }

    /// Read once: the definitions do not change while the program runs.
    private static let builtInColumns = Result { () throws(DefinitionError) in
        var columns: [String: [TableColumn]] = [:]
        for collector in try RecordedTables.builtIn() {
            for table in collector.tables { columns[table.name] = table.columns }
        }
        return columns
    }

    /// Reads the tables of a bundle.
    mutating func read(_ tables: BundleTables) async throws {
        for problem in tables.problems { try note(problem.subject, problem.reason, problem) }
        for table in tables.tables {
            let name = table.definition.name
            guard !DatabaseTable.all.contains(where: { $0.name == name }) else {
                try shared.fill {
                    try $0.note(name, "a collector of the bundle calls a table as one of the inspector is called")
                }
                continue
            }
            guard try made(name, table.definition.columns) else { continue }
            guard !table.files.isEmpty else { continue }
            let marks = (1...(table.definition.columns.count + 6)).map { "?\($0)" }.joined(separator: ", ")
            let names = (table.definition.columns.map(\.name) + TableNames.contextColumns)
                .map { "\"\($0)\"" }.joined(separator: ", ")
            let insert = "INSERT INTO \"\(name)\" (\(names)) VALUES (\(marks))"
            let report = try await tables.rows(of: table) { row, file in
                let context: [SQLValue] = [
                    SQLValue(file.context.namespace), SQLValue(file.context.pod), SQLValue(file.context.container),
                    SQLValue(file.context.node), .text(file.path), SQLValue(row.line),
                ]
                try shared.fill { try $0.run(insert, row.values.map(SQLValue.init) + context) }
            }
            for problem in report.problems {
                try note(problem.subject, "table \(name): \(problem.reason)", problem)
            }
            let unread = report.tally.unread + report.tally.unreadCells
            if unread > report.problems.count {
                try shared.fill {
                    try $0.note(
                        name,
                        "\(report.tally.unread) rows and \(report.tally.unreadCells) cells of it could not be read in all"
                    )
                }
            }
            if report.tally.isFull {
                try shared.fill {
                    try $0.note(name, "it has more than \(report.tally.rows) rows: the rest is not read")
                }
            }
        }
    }

    private func note(_ subject: String, _ reason: String, _ problem: BundleTables.Problem) throws {
        if problem.isDamage { damage.add(subject, problem.reason) }
        try shared.fill { try $0.note(subject, reason) }
    }

    /// Makes a table that a bundle declares; false when that cannot be, which is noted.
    private mutating func made(_ name: String, _ columns: [TableColumn]) throws -> Bool {
        do {
            try make(name, columns)
            return true
        } catch let error as SQLError {
            guard error.code == .badSQL else { throw error }
            try shared.fill { try $0.note(name, "the table of a collector cannot be made: \(error.reason)") }
            return false
        }
    }

    /// Makes tables of a collector that neither this program nor the capture has.
    mutating func declare(_ tables: [TableDefinition]) throws {
        for table in tables where !made.contains(table.name) { try make(table.name, table.columns) }
    }

    /// Makes the tables of this program that the bundle did not have, without rows: a question about them has an answer.
    mutating func finish() throws {
        for (name, columns) in builtIn.sorted(by: { $0.key < $1.key }) where !made.contains(name) {
            try make(name, columns)
        }
    }

    private mutating func make(_ name: String, _ columns: [TableColumn]) throws {
        var all = columns
        for column in builtIn[name] ?? [] where !all.contains(where: { $0.name == column.name }) { all.append(column) }
        try shared.fill { try $0.database.run("CREATE TABLE \"\(name)\" (\(Self.list(all)))") }
        made.insert(name)
    }

    private static func list(_ columns: [TableColumn]) -> String {
        (columns.map { "\"\($0.name)\" \(affinity($0.type))" }
            + TableNames.contextColumns.map { "\"\($0)\" \($0 == "line" ? "INTEGER" : "TEXT")" }).joined(
                separator: ", ")
    }

    /// Makes a table of a collector that a database, which may be one that is only read, does not have.
    static func addMissing(_ table: TableDefinition, to database: SQLDatabase) throws {
        let known = try database.rows("SELECT 1 FROM sqlite_schema WHERE name = ?1", [.text(table.name)])
        guard known.isEmpty else { return }
        try database.run("CREATE TEMP TABLE IF NOT EXISTS \"\(table.name)\" (\(list(table.columns)))")
    }

    private static func affinity(_ type: ColumnType) -> String {
        switch type {
        case .integer, .boolean: "INTEGER"
        case .real: "REAL"
        case .text, .time, .json: "TEXT"
        }
    }
}

extension SQLValue {
    init(_ value: RowValue) {
        switch value {
        case .null: self = .null
        case .text(let text), .json(let text): self = .text(text)
        case .integer(let number): self = .integer(number)
        case .real(let number): self = .real(number)
        case .boolean(let flag): self = .integer(flag ? 1 : 0)
        case .time(let time): self = .text(time.words)
        }
    }
}
