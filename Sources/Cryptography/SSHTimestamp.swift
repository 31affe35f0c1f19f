internal import Glibc

/// The times of OpenSSH's option lists: `YYYYMMDD[HHMM[SS]]`, in the system's time zone, or in UTC with `Z` or `UTC`
/// behind it.
enum SSHTimestamp {
    /// Seconds since 1970; nil unless it is a date that exists, after 1970.
    static func parse(_ text: [UInt8]) -> Int64? {
        var digits = text[...]
        var isUTC = false
        for suffix in ["Z", "z", "UTC", "utc"] where digits.count > suffix.utf8.count {
            if digits.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) {
                digits.removeLast(suffix.utf8.count)
                isUTC = true
                break
            }
        }
        guard [8, 12, 14].contains(digits.count),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        func number(_ start: Int, _ count: Int) -> Int32 {
            guard digits.count >= start + count else { return 0 }
            return digits.dropFirst(start).prefix(count).reduce(0) { $0 * 10 + Int32($1 - UInt8(ascii: "0")) }
        }
        // OpenSSH leaves the daylight saving flag at "no" too; the same file must not mean two things.
        var fields = tm()
        fields.tm_year = number(0, 4) - 1900
        fields.tm_mon = number(4, 2) - 1
        fields.tm_mday = number(6, 2)
        fields.tm_hour = number(8, 2)
        fields.tm_min = number(10, 2)
        fields.tm_sec = number(12, 2)
        guard fields.tm_hour < 24, fields.tm_min < 60, fields.tm_sec < 60 else { return nil }
        // A day that does not exist comes back as another one.
        var calendar = fields
        let utc = timegm(&calendar)
        guard calendar.tm_mon == fields.tm_mon, calendar.tm_mday == fields.tm_mday else { return nil }
        let seconds = Int64(isUTC ? utc : mktime(&fields))
        return seconds > 0 ? seconds : nil
    }
}
