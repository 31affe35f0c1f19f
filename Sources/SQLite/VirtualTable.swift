/// A table whose rows are made when they are asked for: https://www.sqlite.org/vtab.html
///
/// Its rows are read by the thread that runs the statement, and may be awaited there.
public protocol VirtualTable: AnyObject, Sendable {
    /// `CREATE TABLE x (…)`: its columns. Those with the type `HIDDEN` are arguments of it as a function.
    var declaration: String { get }

    /// Columns that it can make use of when it is told that they must have a value, or lie beyond one. SQLite compares all the same.
    var useful: [Int: Set<TableFilter.Comparison>] { get }

    /// Whether views may read it: it can do no harm, whoever made them. Elsewhere false.
    var isForViews: Bool { get }

    /// - Parameter isOver: whether the statement must end, asked on the thread that reads: who waits for rows asks it now and then.
    func open(_ filters: [TableFilter], isOver: @escaping () -> Bool) throws -> any VirtualRows
}

extension VirtualTable {
    public var isForViews: Bool { false }
}

/// The rows of one reading of a ``VirtualTable``.
public protocol VirtualRows: AnyObject {
    /// Goes to the next row, or the first; false when there is none.
    func next() throws -> Bool

    /// A value of the present row.
    func value(_ column: Int) -> SQLValue
}

/// What a statement wants of a column.
public struct TableFilter: Sendable, Hashable {
    public enum Comparison: UInt8, Sendable, Hashable {
        case equal = 2
        case greater = 4
        case atMost = 8
        case less = 16
        case atLeast = 32
    }

    public let column: Int
    public let comparison: Comparison
    public let value: SQLValue

    public init(column: Int, comparison: Comparison, value: SQLValue) {
        self.column = column
        self.comparison = comparison
        self.value = value
    }
}
