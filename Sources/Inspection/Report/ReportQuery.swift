public import SQLite

/// A table of a report: which rows of the database it shows, in which order, and as what.
struct ReportQuery: Sendable {
    /// A table, or a statement in brackets, with its condition.
    let from: String
    let order: String
    let columns: [Column]
    /// Rows that are shown; the rest is counted.
    let limit: Int
    /// The statement that shows all of it.
    let all: String
    /// What it reads is read once, and it may take long.
    var isCostly = false

    struct Column: Sendable {
        let title: String
        let form: ReportTable.Form
        /// In SQL, over the rows of `from`, which are `t`.
        let value: String

        init(_ title: String, _ form: ReportTable.Form, _ value: String) {
            self.title = title
            self.form = form
            self.value = value
        }
    }

    init(from: String, order: String, limit: Int, all: String? = nil, _ columns: [Column]) {
        self.from = from
        self.order = order
        self.columns = columns
        self.limit = limit
        self.all = all ?? "SELECT * FROM \(from)"
    }

    /// Texts of the capture are cut where they are longer than so, in characters.
    static let longest = 400
    private static let longTime = Duration.seconds(180)

    func read(_ database: EvidenceDatabase) async throws -> ReportTable {
        var table = ReportTable(columns: columns.map { ($0.title, $0.form) }, all: all)
        do {
            let list = columns.map { "(\($0.value))" }.joined(separator: ", ")
            if isCostly {
                let rows = RowBox()
                try await database.query(
                    """
                    SELECT \(list), t.exhibit_total FROM
                      (SELECT *, count(*) OVER () AS exhibit_total FROM \(from) ORDER BY \(order) LIMIT \(limit)) t
                    """, limits: QueryLimits(time: Self.longTime)
                ) { rows.append($0) }
                table.total = Int(rows.rows.first?.last?.integer ?? 0)
                table.rows = rows.rows.map { $0.dropLast().map(Self.cut) }
            } else {
                table.total = Int(try await database.rows("SELECT count(*) FROM \(from)").first?.first?.integer ?? 0)
                table.rows = try await database.rows(
                    "SELECT \(list) FROM (SELECT * FROM \(from) ORDER BY \(order) LIMIT \(limit)) t"
                ).map { $0.map(Self.cut) }
            }
        } catch let error as SQLError {
            // One that takes too long, or needs too much, leaves the others alone.
            table.failure = error.reason
        }
        return table
    }

    static func cut(_ value: SQLValue) -> SQLValue {
        guard case .text(let text) = value else { return value }
        return .text(cut(text))
    }

    static func cut(_ text: String) -> String {
        guard text.utf8.count > longest else { return text }
        return text.unicodeScalars.count > longest ? String(text.unicodeScalars.prefix(longest)) + "…" : text
    }
}

/// Rows for a report, and how many more there are.
public struct ReportTable: Sendable {
    /// How a column is shown.
    public enum Form: Sendable {
        /// Words.
        case text
        /// A name, path or command.
        case code
        case number
        /// An amount of bytes.
        case bytes
        /// RFC 3339.
        case time
        /// A word that is good, bad, or neither.
        case state
    }

    public let columns: [(title: String, form: Form)]
    /// A value a column; long texts are cut.
    public internal(set) var rows: [[SQLValue]] = []
    /// How many rows there are, shown or not.
    public internal(set) var total = 0
    /// The statement that shows all of it.
    public let all: String
    /// Why it could not be asked; its rows are then missing.
    public internal(set) var failure: String?
    /// What is left out of it, and why.
    public internal(set) var lack: String?

    init(columns: [(title: String, form: Form)], all: String) {
        self.columns = columns
        self.all = all
    }

    public var left: Int { max(total - rows.count, 0) }
}
