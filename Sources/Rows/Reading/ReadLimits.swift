/// What a reader takes of one file. What is beyond is counted, and the rest is read.
public struct ReadLimits: Sendable, Hashable {
    /// Of a line, a record of CSV, or a row of JSON; and of the texts of a row's cells together.
    public var rowBytes: Int
    /// Of a whole JSON text, which must be in memory at once.
    public var documentBytes: Int
    /// Fields of a line or a record.
    public var fields: Int
    /// By how much all cells of a JSON text together may be more than the text, beyond ``rowBytes``.
    public let growth = 16
    /// What stands once and is in every row after it: the name of a section, the text of a line above.
    public static let repeatedBytes = 1_024
    /// Rows; beyond them nothing is read, and `isFull` says so.
    public var rows: Int
    /// Problems that are told one by one.
    public var problems: Int

    /// 1 MiB a row, 64 MiB a JSON text, 10,000 fields, 1,000,000 rows, 20 problems.
    public init(
        rowBytes: Int = 1 << 20, documentBytes: Int = 64 << 20, fields: Int = 10_000, rows: Int = 1_000_000,
        problems: Int = 20
    ) {
        self.rowBytes = rowBytes
        self.documentBytes = documentBytes
        self.fields = fields
        self.rows = rows
        self.problems = problems
    }
}

/// What became of the text of a table: nothing of it is dropped without being counted here.
public struct TableTally: Sendable, Hashable {
    public struct Problem: Sendable, Hashable {
        /// In the file, from 1.
        public let line: Int
        /// What is wrong there. It may have names of the file in it: whoever shows it escapes it.
        public let message: String
    }

    /// Rows that were handed out.
    public internal(set) var rows = 0
    /// Rows that could not be read.
    public internal(set) var unread = 0
    /// Rows at the very end that a limit of the capture cut.
    public internal(set) var cut = 0
    /// Cells that are null because their text is not of the column's type.
    public internal(set) var unreadCells = 0
    /// Whether there is more than ``ReadLimits/rows``: the rest was not read.
    public internal(set) var isFull = false
    /// Headings that the columns name and the file has not: these columns are null.
    public internal(set) var absentHeadings: [String] = []
    /// The first of what could not be read.
    public internal(set) var problems: [Problem] = []

    public init() {}

    /// Adds what another file of the same table had.
    public mutating func add(_ other: TableTally, problems limit: Int = 20) {
        rows += other.rows
        unread += other.unread
        cut += other.cut
        unreadCells += other.unreadCells
        isFull = isFull || other.isFull
        for name in other.absentHeadings where !absentHeadings.contains(name) { absentHeadings.append(name) }
        problems += other.problems.prefix(max(0, limit - problems.count))
    }
}
