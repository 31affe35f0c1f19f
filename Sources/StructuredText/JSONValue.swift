/// A JSON value (RFC 8259) that loses nothing a reader could tell apart: members keep their order and duplicates,
/// numbers keep their text.
///
/// Strings are Swift strings, so two things in the source cannot be represented and become U+FFFD: lone surrogates
/// (`"\ud800"`) and bytes that are not UTF-8. Who needs those keeps the source bytes.
public enum JSONValue: Sendable {
    case null
    case bool(Bool)
    /// The number as it was written. Text that is not a JSON number is serialized as a string, never as bare text.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// An integer.
    public init(_ integer: some BinaryInteger) {
        self = .number(String(integer))
    }

    /// A string.
    public init(_ string: some StringProtocol) {
        self = .string(String(string))
    }

    /// Parses one JSON text. Only white space may surround the value; a byte order mark is refused.
    public init(parsing bytes: some Collection<UInt8>, limits: JSONLimits = .default) throws(JSONError) {
        self = try withSpan(of: bytes) { (span) throws(JSONError) in
            try JSONParser.parse(span, limits: limits)
        }
    }

    /// The member of an object (of duplicates the last, as nearly all readers take it); nil for anything else.
    public subscript(_ key: String) -> JSONValue? {
        guard case .object(let object) = self else { return nil }
        return object[key]
    }

    /// The element of an array; nil when out of range or not an array.
    public subscript(_ index: Int) -> JSONValue? {
        guard case .array(let array) = self, array.indices.contains(index) else { return nil }
        return array[index]
    }

    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    public var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The number when it is written as an integer that fits (so not `1.0` or `1e3`); nil for anything else.
    public var int: Int? {
        if case .number(let text) = self { Int(text) } else { nil }
    }

    /// The number, rounded to the nearest `Double`; nil for anything else, and when it is too large for one.
    public var double: Double? {
        guard case .number(let text) = self, let value = Double(text), value.isFinite else { return nil }
        return value
    }

    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    public var array: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    public var object: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// Compact JSON: no white space, members in order, numbers as they came.
    public func serialized() -> [UInt8] {
        var bytes: [UInt8] = []
        JSONText.append(value: self, to: &bytes)
        return bytes
    }
}

extension JSONValue: Hashable {
    /// Strings are compared by their code points, not by Unicode's canonical equivalence: `é` and `e` + U+0301 are
    /// different content.
    public static func == (lhs: JSONValue, rhs: JSONValue) -> Bool {
        switch (lhs, rhs) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.string(let left), .string(let right)): isIdentical(left, right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .number(let text): hasher.combine(text)
        case .string(let text): hasher.combine(text)
        case .array(let elements): hasher.combine(elements)
        case .object(let members): hasher.combine(members)
        }
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) {
        self = .null
    }

    public init(booleanLiteral value: Bool) {
        self = .bool(value)
    }

    public init(integerLiteral value: Int) {
        self = .number(String(value))
    }

    public init(stringLiteral value: String) {
        self = .string(value)
    }

    public init(arrayLiteral elements: JSONValue...) {
        self = .array(elements)
    }

    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements))
    }
}
