package import Glibc

/// A point of time of the wall clock: seconds and nanoseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Hashable, Sendable, Comparable {
    /// Whole seconds since the epoch, rounded towards the past.
    public var seconds: Int64
    /// The rest, 0 to 999,999,999.
    public var nanoseconds: UInt32

    /// Makes a point of time; `nanoseconds` over 999,999,999 are cut to that.
    public init(seconds: Int64, nanoseconds: UInt32 = 0) {
        self.seconds = seconds
        self.nanoseconds = min(nanoseconds, 999_999_999)
    }

    package init(_ time: timespec) {
        self.init(seconds: Int64(time.tv_sec), nanoseconds: UInt32(clamping: time.tv_nsec))
    }

    /// The wall clock now.
    public static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(time)
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// This time moved by a number of nanoseconds; saturates at the ends of the range.
    public func advanced(nanoseconds delta: Int64) -> Timestamp {
        let total = Int64(nanoseconds) + delta % 1_000_000_000
        let carry = total >= 0 ? total / 1_000_000_000 : -1
        let (moved, overflow) = seconds.addingReportingOverflow(delta / 1_000_000_000 + carry)
        if overflow { return Timestamp(seconds: delta < 0 ? .min : .max) }
        return Timestamp(seconds: moved, nanoseconds: UInt32(total - carry * 1_000_000_000))
    }

    /// RFC 3339 in UTC with nine digits of a second, such as `2026-11-21T09:20:00.000000000Z`; years outside 0–9999 as
    /// `@seconds.nanoseconds`.
    public var text: String {
        var output: [UInt8] = []
        append(to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// Appends ``text``.
    package func append(to output: inout [UInt8]) {
        // Years 0 to 9999.
        guard (-62_167_219_200...253_402_300_799).contains(seconds) else {
            output.append(UInt8(ascii: "@"))
            output.append(contentsOf: String(seconds).utf8)
            output.append(UInt8(ascii: "."))
            Self.append(Int64(nanoseconds), width: 9, to: &output)
            return
        }
        let (days, ofDay) = Self.floorDivide(seconds, 86_400)
        // Days to civil date by eras of 400 years that begin on 1 March, so that the leap day is the last of a year.
        let (era, dayOfEra) = Self.floorDivide(days + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        Self.append(year, width: 4, to: &output)
        output.append(UInt8(ascii: "-"))
        Self.append(month, width: 2, to: &output)
        output.append(UInt8(ascii: "-"))
        Self.append(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, width: 2, to: &output)
        output.append(UInt8(ascii: "T"))
        Self.append(ofDay / 3_600, width: 2, to: &output)
        output.append(UInt8(ascii: ":"))
        Self.append(ofDay / 60 % 60, width: 2, to: &output)
        output.append(UInt8(ascii: ":"))
        Self.append(ofDay % 60, width: 2, to: &output)
        output.append(UInt8(ascii: "."))
        Self.append(Int64(nanoseconds), width: 9, to: &output)
        output.append(UInt8(ascii: "Z"))
    }

    private static func floorDivide(_ value: Int64, _ by: Int64) -> (Int64, Int64) {
        let rest = ((value % by) + by) % by
        return ((value - rest) / by, rest)
    }

    private static func append(_ value: Int64, width: Int, to output: inout [UInt8]) {
        let digits = String(value)
        output.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: max(0, width - digits.utf8.count)))
        output.append(contentsOf: digits.utf8)
    }
}
