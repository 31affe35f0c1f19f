/// Wall times: nanoseconds since 1970-01-01 UTC in memory, RFC 3339 in UTC with nine digits of fraction in files.
public enum Timestamp {
    /// `2026-11-21T03:14:15.926535897Z`
    public static func text(_ nanoseconds: Int64) -> String {
        let (seconds, fraction) = floored(nanoseconds, 1_000_000_000)
        return "\(clockText(seconds)).\(padded(fraction, 9))Z"
    }

    /// `2026-11-21T03:14:15Z`, of seconds since 1970-01-01 UTC: for people, as time stamps may have any year.
    public static func text(seconds: Int64) -> String {
        clockText(min(max(seconds, -62_135_596_800), 253_402_300_799)) + "Z"
    }

    private static func clockText(_ seconds: Int64) -> String {
        let (days, time) = floored(seconds, 86_400)
        let (year, month, day) = date(days: days)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T"
            + "\(padded(time / 3_600, 2)):\(padded(time / 60 % 60, 2)):\(padded(time % 60, 2))"
    }

    /// The date alone: `2026-11-21`.
    public static func dateText(_ nanoseconds: Int64) -> String {
        String(text(nanoseconds).prefix(10))
    }

    /// Reads exactly what ``text(_:)`` writes; nil for anything else.
    public static func nanoseconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count == 30 else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            var value: Int64 = 0
            for byte in bytes[range] {
                guard byte &- 0x30 < 10 else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            return value
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), let fraction = number(20..<29),
            (1...12).contains(month), (1...31).contains(day), (1_678...2_261).contains(year), hour < 24, minute < 60,
            second < 60
        else { return nil }
        let seconds = days(year: year, month: month, day: day) * 86_400 + hour * 3_600 + minute * 60 + second
        let nanoseconds = seconds * 1_000_000_000 + fraction
        // Settles the separators and days such as 30 February.
        return self.text(nanoseconds) == text ? nanoseconds : nil
    }

    // Howard Hinnant's civil calendar: eras of 400 years that begin on 1 March.

    private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floored(days + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let (era, yearOfEra) = floored(month <= 2 ? year - 1 : year, 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func floored(_ value: Int64, _ divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
