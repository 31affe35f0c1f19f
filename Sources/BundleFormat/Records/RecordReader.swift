internal import Cryptography
internal import StructuredText

/// Reads one JSON object of a bundle, strictly where it matters (no duplicates, one value per name, types, order of
/// members) and leniently where the format says so (members that are not described are ignored).
struct RecordReader {
    private let object: JSONObject
    let doing: String

    /// - Parameters:
    ///   - bytes: the object without its LF.
    ///   - members: the members the format describes, in its order; whichever are there must stand in that order.
    init(_ bytes: ArraySlice<UInt8>, doing: String, limit: Int, members: [String]) throws(FormatError) {
        self.doing = doing
        guard bytes.count <= limit else {
            throw FormatError(code: .tooLarge, doing: doing, reason: "it is longer than \(limit) bytes")
        }
        guard Self.isText(bytes) else { throw FormatError(doing: doing, reason: "it is not UTF-8") }
        if Self.hasInsignificantWhitespace(bytes) {
            throw FormatError(doing: doing, reason: "it has white space outside strings")
        }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes, limits: JSONLimits(depth: 32, bytes: limit))
        } catch {
            throw FormatError(doing: doing, reason: error.description)
        }
        guard case .object(let object) = value else {
            throw FormatError(doing: doing, reason: "it is not a JSON object")
        }
        if let problem = Self.forbidden(value) { throw FormatError(doing: doing, reason: problem) }
        self.object = object
        var next = 0
        for member in object {
            guard let position = members.firstIndex(of: member.key) else { continue }
            guard position >= next else {
                throw FormatError(
                    doing: doing, subject: member.key, reason: "the members are not in the format's order")
            }
            next = position + 1
        }
    }

    /// A part of a record that was checked as a whole already.
    private init(object: JSONObject, doing: String) {
        self.object = object
        self.doing = doing
    }

    private static func isText(_ bytes: ArraySlice<UInt8>) -> Bool {
        (try? UTF8Span(validating: bytes.span)) != nil
    }

    subscript(_ name: String) -> JSONValue? { object[name] }

    var all: JSONObject { object }

    func string(_ name: String) throws(FormatError) -> String {
        guard let value = object[name]?.string else { throw missing(name, "a string") }
        return value
    }

    func optionalString(_ name: String) throws(FormatError) -> String? {
        guard object[name] != nil else { return nil }
        return try string(name)
    }

    func integer(_ name: String) throws(FormatError) -> Int64 {
        guard let value = object[name]?.int else { throw missing(name, "an integer") }
        return Int64(value)
    }

    func natural(_ name: String) throws(FormatError) -> UInt64 {
        guard let value = object[name]?.int, value >= 0 else { throw missing(name, "a number from 0") }
        return UInt64(value)
    }

    func digest(_ name: String) throws(FormatError) -> SHA256Digest {
        guard let text = object[name]?.string, let value = SHA256Digest(hex: text) else {
            throw missing(name, "64 lower-case hex digits")
        }
        return value
    }

    func time(_ name: String) throws(FormatError) -> Int64 {
        guard let text = object[name]?.string, let value = Timestamp.nanoseconds(text) else {
            throw missing(name, "a time in UTC with nanoseconds")
        }
        return value
    }

    func array(_ name: String) throws(FormatError) -> [JSONValue] {
        guard let value = object[name]?.array else { throw missing(name, "an array") }
        return value
    }

    func optionalArray(_ name: String) throws(FormatError) -> [JSONValue]? {
        guard object[name] != nil else { return nil }
        return try array(name)
    }

    func strings(_ name: String) throws(FormatError) -> [String] {
        let values = try array(name)
        let strings = values.compactMap(\.string)
        guard strings.count == values.count else { throw missing(name, "an array of strings") }
        return strings
    }

    func object(_ name: String) throws(FormatError) -> RecordReader {
        guard let value = object[name]?.object else { throw missing(name, "an object") }
        return RecordReader(object: value, doing: doing)
    }

    func optionalObject(_ name: String) throws(FormatError) -> RecordReader? {
        guard object[name] != nil else { return nil }
        return try object(name)
    }

    /// An element of the array `name`, which must be an object.
    func element(_ value: JSONValue, of name: String) throws(FormatError) -> RecordReader {
        guard case .object(let object) = value else { throw missing(name, "an array of objects") }
        return RecordReader(object: object, doing: doing)
    }

    func missing(_ name: String, _ wanted: String) -> FormatError {
        let reason = object[name] == nil ? "the member is missing" : "it is not \(wanted)"
        return FormatError(code: .badValue, doing: doing, subject: name, reason: reason)
    }

    /// Duplicate members and integers beyond 2⁶³−1: readers differ on what they mean.
    private static func forbidden(_ value: JSONValue) -> String? {
        switch value {
        case .array(let elements):
            return elements.lazy.compactMap(forbidden).first
        case .object(let members):
            if hasDuplicate(members) { return "an object has a member twice" }
            return members.lazy.compactMap { forbidden($0.value) }.first
        case .number(let text):
            let isInteger = text.utf8.allSatisfy { $0 &- 0x30 < 10 || $0 == UInt8(ascii: "-") }
            return isInteger && Int64(text) == nil ? "an integer is beyond 64 bits" : nil
        case .null, .bool, .string:
            return nil
        }
    }

    /// Names are compared byte by byte: Unicode's equivalences are no matter of JSON.
    private static func hasDuplicate(_ members: JSONObject) -> Bool {
        if members.count > 16 { return Set(members.map { Array($0.key.utf8) }).count < members.count }
        for (index, member) in members.enumerated() {
            for other in members.prefix(index) where other.key.utf8.elementsEqual(member.key.utf8) { return true }
        }
        return false
    }

    private static func hasInsignificantWhitespace(_ bytes: ArraySlice<UInt8>) -> Bool {
        var inString = false
        var escaped = false
        for byte in bytes {
            if inString {
                if escaped {
                    escaped = false
                } else if byte == UInt8(ascii: "\\") {
                    escaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
            } else if byte == UInt8(ascii: "\"") {
                inString = true
            } else if byte <= 0x20 {
                return true
            }
        }
        return false
    }
}
