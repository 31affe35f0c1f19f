/// A value of a record's field.
package enum FieldValue {
    case text(String)
    case raw(RawText)
    case rawList([RawText])
    case textList([String])
    case integer(Int64)
    case unsigned(UInt64)
    case unsignedList([UInt64])
    case flag(Bool)
    case time(Timestamp)
    case fraction(Double)
    case records([[(String, FieldValue)]])

    package static func optional(_ value: (some FixedWidthInteger)?) -> FieldValue? {
        value.map { $0 < 0 ? .integer(Int64($0)) : .unsigned(UInt64($0)) }
    }

    package static func number(_ value: some FixedWidthInteger) -> FieldValue {
        value < 0 ? .integer(Int64(value)) : .unsigned(UInt64(value))
    }
}

/// Takes the fields of a record in their fixed order, and renders them.
package protocol FieldWriter {
    /// Writes one field; nil is "not known" or "does not apply".
    mutating func field(_ name: String, _ value: FieldValue?)
}

/// A record of this module: it has one JSON line and one row of a table.
///
/// JSON lines are the lasting form. Members come in a fixed order; unknown ones are left out; text that is not UTF-8 is
/// repaired with U+FFFD and its bytes are given in full by a second member with the suffix `_hex`. Times are RFC 3339
/// in UTC with nine digits of a second. Rows are for people: fields are separated by tabs, empty where unknown, and
/// control characters are escaped.
public protocol HostRecord: Sendable {
    /// The names of the fields, in order: the JSON members and the table's heading.
    static var fieldNames: [String] { get }
    /// Appends the record as one line of JSON with its line feed.
    func appendJSONLine(to output: inout [UInt8])
    /// Appends the record as one row with its line feed.
    func appendRow(to output: inout [UInt8])
}

extension HostRecord {
    /// Appends the heading of the table, with its line feed.
    public static func appendHeading(to output: inout [UInt8]) {
        output.append(contentsOf: fieldNames.joined(separator: "\t").utf8)
        output.append(0x0A)
    }

    /// The record as one line of JSON, with its line feed.
    public var jsonLine: [UInt8] {
        var output: [UInt8] = []
        appendJSONLine(to: &output)
        return output
    }
}

/// A record that names its fields once, for every rendering.
package protocol FieldRecord: HostRecord {
    func write(to writer: inout some FieldWriter)
}

extension FieldRecord {
    public func appendJSONLine(to output: inout [UInt8]) {
        var writer = JSONFieldWriter(continuing: &output)
        write(to: &writer)
        output = writer.finish()
    }

    public func appendRow(to output: inout [UInt8]) {
        var writer = RowFieldWriter(continuing: &output)
        write(to: &writer)
        output = writer.finish()
    }
}
