/// A value of a cell, by SQLite's five storage classes (https://www.sqlite.org/datatype3.html).
public enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    /// Text, or null for nil.
    public init(_ text: String?) {
        self = text.map(SQLValue.text) ?? .null
    }

    /// A number, or null for nil.
    public init(_ number: (some BinaryInteger)?) {
        self = number.map { .integer(Int64(clamping: $0)) } ?? .null
    }

    /// 1, 0, or null for nil: SQLite has no type for it.
    public init(_ flag: Bool?) {
        self = flag.map { .integer($0 ? 1 : 0) } ?? .null
    }

    public var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    public var integer: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }
}
