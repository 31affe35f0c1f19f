/// A column of a table: what it is called, where its value stands, and what is made of it.
public struct TableColumn: Sendable, Hashable {
    public var name: String
    public var type: ColumnType
    public var source: ColumnSource
    /// What the text is before it is a value of the type; nil when it is plain.
    public var notation: Notation?
    /// Taken away from the end where it stands, with the blanks before it: `kB`.
    public var suffix: String?

    public init(
        _ name: String, _ type: ColumnType, _ source: ColumnSource, notation: Notation? = nil, suffix: String? = nil
    ) {
        self.name = name
        self.type = type
        self.source = source
        self.notation = notation
        self.suffix = suffix
    }

    /// Spellings of the kernel.
    public enum Notation: String, Sendable, Hashable, CaseIterable {
        /// A number in hexadecimal, with or without `0x`.
        case hex
        /// A number in octal.
        case octal
        /// `\040` for a blank, as in `/proc/self/mountinfo`.
        case escapes
        /// The address of `0100007F:1F90`, as in `/proc/net/tcp` of a little-endian machine.
        case address
        /// The port of the same.
        case port
        /// The state of a TCP socket (include/net/tcp_states.h), as `ss` names it.
        case tcpState = "tcp-state"
        /// The number of `socket:[17117561]`, which is what a link in `/proc/<pid>/fd` says where there is no path; null for all else.
        case inode
    }
}

/// The types of values. A text that cannot be read as one leaves the cell null, and is counted.
public enum ColumnType: Sendable, Hashable {
    case text
    /// 64 bits, signed. What does not fit is not rounded, but cannot be read.
    case integer
    /// Double precision. `NaN` is null; infinity is a value.
    case real
    /// `true`, `t`, `yes`, `on`, `1` and their opposites, in any capitals.
    case boolean
    case time(TimeForm)
    /// A JSON text, as it stands there.
    case json

    /// How a time is written.
    public enum TimeForm: String, Sendable, Hashable, CaseIterable {
        /// RFC 3339, also with a blank for the `T` and hours alone as the offset, as PostgreSQL writes it.
        case rfc3339
        /// Since 1970-01-01 UTC, with or without a fraction.
        case seconds, milliseconds, microseconds, nanoseconds
    }

    /// As definitions write it.
    public var name: String {
        switch self {
        case .text: "text"
        case .integer: "integer"
        case .real: "real"
        case .boolean: "boolean"
        case .time: "time"
        case .json: "json"
        }
    }
}

/// Where the value of a column stands. Which ones there are depends on the format.
public enum ColumnSource: Sendable, Hashable {
    /// JSON: members, or indices of an array, from the row on (none: the row itself); `up` leads to what encloses it first.
    case path([String], up: Int)
    /// CSV, TSV: the column of this heading.
    case heading(String)
    /// A field of the line: 1 is the first, -1 the last. With `toEnd`, it and all behind it.
    case field(Int, toEnd: Bool)
    /// Keys and values: the value of this key.
    case key(String)
    /// Prometheus: the value of this label.
    case label(String)
    /// Formats of lines: what the one `*` of this pattern stands for in the last line above the row that fits it. Such a line is no
    /// row, and ends the section before it. Null where it is longer than ``ReadLimits/repeatedBytes``.
    case above(String)
    case part(Part)

    /// What a row has beside that.
    public enum Part: String, Sendable, Hashable, CaseIterable {
        /// The name of the section.
        case section
        /// The whole line; in JSON the whole row.
        case text
        /// Of a pair; in JSON the name of the member that is the row.
        case key
        /// Of a pair or a sample.
        case value
        /// JSON: which element of the array the row is, from 0.
        case index
        /// Of a sample: its name; all its labels, as JSON; its time; and what is said of its family.
        case metric, labels, timestamp, type, help, unit
    }
}
