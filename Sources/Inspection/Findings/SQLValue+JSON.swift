internal import SQLite
internal import StructuredText

extension SQLValue {
    /// A value of an example: what is no text, number or truth is its JSON.
    init(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool(let flag): self = .integer(flag ? 1 : 0)
        case .number(let digits):
            self = Int64(digits).map(SQLValue.integer) ?? Double(digits).map(SQLValue.real) ?? .text(digits)
        case .string(let text): self = .text(text)
        case .array, .object: self = .text(String(decoding: value.serialized(), as: UTF8.self))
        }
    }
}
