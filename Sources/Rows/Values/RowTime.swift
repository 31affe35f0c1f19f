/// A moment, in nanoseconds since 1970-01-01 UTC: years 1677 to 2262.
public struct RowTime: Sendable, Hashable, Comparable {
    public let nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// RFC 3339, section 5.6, to the nanosecond; nil for anything else.
    public init?(rfc3339 text: Span<UInt8>) {
        guard let time = TimeText.rfc3339(text) else { return nil }
        self = time
    }

    public static func < (lhs: RowTime, rhs: RowTime) -> Bool { lhs.nanoseconds < rhs.nanoseconds }

    /// RFC 3339 in UTC with nine digits of a second, so that texts sort as times do: `2026-11-29T09:53:23.980394000Z`.
    public var words: String {
        let second = nanoseconds.floorDivided(by: 1_000_000_000)
        let day = second.floorDivided(by: 86_400)
        let date = CivilDate(day: day)
        let clock = second - day * 86_400
        // Not what is left of the second: of the earliest moments, the second itself is before what 64 bits hold.
        let remainder = nanoseconds % 1_000_000_000
        let fraction = remainder < 0 ? remainder + 1_000_000_000 : remainder
        func digits(_ number: Int64, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
        }
        return "\(digits(date.year, 4))-\(digits(date.month, 2))-\(digits(date.day, 2))"
            + "T\(digits(clock / 3_600, 2)):\(digits(clock / 60 % 60, 2)):\(digits(clock % 60, 2)).\(digits(fraction, 9))Z"
    }

    /// Seconds and a fraction that is already in nanoseconds; nil when they do not fit.
    init?(second: Int64, nanosecond: Int64) {
        // Before 1970 from the next second back, so that the earliest moments fit.
        let isBefore = second < 0
        let (product, isTooLarge) = (isBefore ? second + 1 : second).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isTooLate) = product.addingReportingOverflow(isBefore ? nanosecond - 1_000_000_000 : nanosecond)
        guard !isTooLarge, !isTooLate else { return nil }
        nanoseconds = sum
    }
}

/// A date of the Gregorian calendar. Source of both ways: Howard Hinnant, chrono-Compatible Low-Level Date Algorithms.
struct CivilDate {
    let year: Int64
    let month: Int64
    let day: Int64

    /// - Parameter day: since 1970-01-01.
    init(day count: Int64) {
        let shifted = count + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Nil when there is no such date.
    init?(year: Int64, month: Int64, day: Int64) {
        guard (1...12).contains(month), day >= 1 else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day <= lengths[Int(month) - 1] else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// Days since 1970-01-01.
    var count: Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.floorDivided(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

extension Int64 {
    func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
