/// Seconds since 1970 in UTC, as text: for people, and in ASN.1.
enum UTCTime {
    /// `2026-11-21T03:14:15Z`.
    static func text(_ seconds: Int64) -> String {
        let days = (seconds - mod(seconds, 86_400)) / 86_400
        let second = mod(seconds, 86_400)
        let (year, month, day) = civil(days)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(day))T\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))Z"
    }

    /// Reads a UTCTime or GeneralizedTime of DER: all digits down to the second, an optional fraction of up to nine
    /// digits in a GeneralizedTime, `Z`. Nil unless it is a date that exists.
    static func parse(_ content: some BidirectionalCollection<UInt8>, tag: UInt8) -> (
        seconds: Int64, nanoseconds: Int32
    )? {
        guard content.last == UInt8(ascii: "Z") else { return nil }
        let parts = content.dropLast().split(
            separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, parts.allSatisfy({ $0.allSatisfy(isDigit) }) else { return nil }
        let digits = whole.map { Int64($0 - UInt8(ascii: "0")) }
        func number(_ range: Range<Int>) -> Int64 { digits[range].reduce(0) { $0 * 10 + $1 } }
        let year: Int64
        let start: Int
        switch (tag, digits.count) {
        case (DER.utcTime, 12):
            // RFC 5280 section 4.1.2.5.1.
            year = number(0..<2) + (number(0..<2) < 50 ? 2000 : 1900)
            start = 2
        case (DER.generalizedTime, 14): (year, start) = (number(0..<4), 4)
        default: return nil
        }
        var nanoseconds: Int32 = 0
        if parts.count == 2 {
            guard tag == DER.generalizedTime, (1...9).contains(parts[1].count) else { return nil }
            for index in 0..<9 {
                let digit = parts[1].dropFirst(index).first.map { Int32($0 - UInt8(ascii: "0")) } ?? 0
                nanoseconds = nanoseconds * 10 + digit
            }
        }
        let month = number(start..<start + 2)
        let day = number(start + 2..<start + 4)
        let hour = number(start + 4..<start + 6)
        let minute = number(start + 6..<start + 8)
        let second = number(start + 8..<start + 10)
        guard (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60 else { return nil }
        let days = days(year, month, day)
        guard civil(days) == (year, month, day) else { return nil }
        return (((days * 24 + hour) * 60 + minute) * 60 + second, nanoseconds)
    }

    private static func isDigit(_ character: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character)
    }

    private static func mod(_ value: Int64, _ modulus: Int64) -> Int64 {
        let rest = value % modulus
        return rest < 0 ? rest + modulus : rest
    }

    // The Gregorian calendar repeats after 400 years of 146,097 days. Years are counted from March, so that the day that
    // comes and goes is the last one; 719,468 days lie between 1 March of the year 0 and 1 January 1970.

    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted - mod(shifted, 400)) / 400
        let yearOfEra = mod(shifted, 400)
        let dayOfYear = (153 * mod(month - 3, 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted - mod(shifted, 146_097)) / 146_097
        let dayOfEra = mod(shifted, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
