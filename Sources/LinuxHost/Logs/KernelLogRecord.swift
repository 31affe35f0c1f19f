/// A record of the kernel's log, as `/dev/kmsg` gives it (Documentation/ABI/testing/dev-kmsg).
public struct KernelLogRecord: Hashable, Sendable {
    /// 0 emergency to 7 debug.
    public let level: UInt8
    /// 0 kernel, 1 user, 3 daemon …: programs can write here too, and then it is not 0.
    public let facility: UInt32
    /// The record's number since boot.
    public let sequence: UInt64
    /// Microseconds on the kernel's clock since boot, which stands still in suspend.
    public let microseconds: UInt64
    /// Whether it continues a line (`c`) or is a line of its own (`-`).
    public let flags: String
    /// The message, with the kernel's `\xHH` escapes undone.
    public let message: RawText
    /// `KEY=value` properties of the device it is about.
    public let properties: [RawText]

    init(level: UInt8, facility: UInt32, sequence: UInt64, microseconds: UInt64, message: RawText) {
        self.level = level
        self.facility = facility
        self.sequence = sequence
        self.microseconds = microseconds
        flags = "-"
        self.message = message
        properties = []
    }

    /// Reads one record: `priority,sequence,microseconds,flags[,…];message`, then lines with properties that begin with
    /// a blank. Nil if it is of another form.
    public init?(_ bytes: [UInt8]) {
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: true)
        guard let first = lines.first, let semicolon = first.firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let prefix = first[..<semicolon].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard prefix.count >= 4, let priority = UInt32(prefix[0]), let sequence = UInt64(prefix[1]),
            let microseconds = UInt64(prefix[2])
        else { return nil }
        level = UInt8(priority & 7)
        facility = priority >> 3
        self.sequence = sequence
        self.microseconds = microseconds
        flags = prefix[3]
        message = Self.unescape(first[(semicolon + 1)...])
        properties = lines.dropFirst().filter { $0.first == 0x20 }.map { Self.unescape($0.dropFirst()) }
    }

    private static func unescape(_ bytes: ArraySlice<UInt8>) -> RawText {
        guard bytes.contains(UInt8(ascii: "\\")) else { return RawText(Array(bytes)) }
        var output: [UInt8] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if bytes[index] == UInt8(ascii: "\\"), bytes.endIndex - index >= 4, bytes[index + 1] == UInt8(ascii: "x"),
                let value = UInt8(String(decoding: bytes[index + 2..<index + 4], as: UTF8.self), radix: 16)
            {
                output.append(value)
                index += 4
            } else {
                output.append(bytes[index])
                index += 1
            }
        }
        return RawText(output)
    }
}

/// A record of the kernel's log with its place on the wall clock.
public struct KernelLogEntry: Hashable, Sendable {
    public let record: KernelLogRecord
    /// The boot time now plus the record's microseconds: off by what the machine slept since, and by set clocks.
    public let time: Timestamp?
}

extension KernelLogEntry: FieldRecord {
    public static let fieldNames = [
        "sequence", "time", "microseconds", "facility", "level", "message", "properties",
    ]

    package func write(to writer: inout some FieldWriter) {
        writer.field("sequence", .unsigned(record.sequence))
        writer.field("time", time.map { .time($0) })
        writer.field("microseconds", .unsigned(record.microseconds))
        writer.field("facility", .number(record.facility))
        writer.field("level", .number(record.level))
        writer.field("message", .raw(record.message))
        writer.field("properties", record.properties.isEmpty ? nil : .rawList(record.properties))
    }
}
