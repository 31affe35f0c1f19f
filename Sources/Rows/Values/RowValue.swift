/// A value of a cell.
public enum RowValue: Sendable, Hashable {
    case null
    case text(String)
    case integer(Int64)
    case real(Double)
    case boolean(Bool)
    case time(RowTime)
    /// A JSON text.
    case json(String)

    /// As people read it: nothing for null, RFC 3339 for a time. What a cluster said may steer a terminal: whoever shows it
    /// escapes it.
    public var words: String {
        switch self {
        case .null: ""
        case .text(let text), .json(let text): text
        case .integer(let number): String(number)
        case .real(let number): String(number)
        case .boolean(let flag): flag ? "true" : "false"
        case .time(let time): time.words
        }
    }

    public var isNull: Bool { self == .null }
}

/// A row, lent to whoever takes it: what must outlive the call is copied.
public struct TableRow: Sendable {
    /// Where it begins in its file, from 1.
    public let line: Int
    /// One for each column of the definition.
    public let values: [RowValue]
}
