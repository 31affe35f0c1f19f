/// Times as text.
enum TimeText {
    static func time(_ bytes: Span<UInt8>, _ form: ColumnType.TimeForm) -> RowTime? {
        switch form {
        case .rfc3339: rfc3339(bytes)
        case .seconds: count(bytes, digits: 9)
        case .milliseconds: count(bytes, digits: 6)
        case .microseconds: count(bytes, digits: 3)
        case .nanoseconds: count(bytes, digits: 0)
        }
    }

    /// A number of units since 1970, of which each has 10^`digits` nanoseconds. Digits beyond a nanosecond are cut off; a number with
    /// an exponent (Prometheus) is as exact as a Double.
    static func count(_ bytes: Span<UInt8>, digits: Int) -> RowTime? {
        let point = bytes.index(of: UInt8(ascii: ".")) ?? bytes.count
        if let whole = CellReader.integer(bytes.extracting(0..<point)) {
            var fraction: Int64 = 0
            var index = point + 1
            var missing = digits
            while index < bytes.count, bytes[index] &- 0x30 < 10 {
                if missing > 0 {
                    fraction = fraction * 10 + Int64(bytes[index] &- 0x30)
                    missing -= 1
                }
                index += 1
            }
            if index >= bytes.count {
                let unit = power(digits)
                let (product, isTooLarge) = whole.multipliedReportingOverflow(by: unit)
                fraction *= power(missing)
                let isNegative = bytes.count > 0 && bytes[0] == UInt8(ascii: "-")
                let (sum, isBeyond) = product.addingReportingOverflow(isNegative ? -fraction : fraction)
                return isTooLarge || isBeyond ? nil : RowTime(nanoseconds: sum)
            }
        }
        guard let number = NumberText.real(bytes) else { return nil }
        return Int64(exactly: (number * Double(power(digits))).rounded()).map(RowTime.init)
    }

    private static func power(_ digits: Int) -> Int64 { (0..<digits).reduce(1) { power, _ in power * 10 } }

    /// Source: RFC 3339, section 5.6. A leap second is the second behind it.
    static func rfc3339(_ bytes: Span<UInt8>) -> RowTime? {
        var position = 0
        func number(_ count: Int) -> Int64? {
            guard position + count <= bytes.count else { return nil }
            var value: Int64 = 0
            for index in position..<position + count {
                guard bytes[index] &- 0x30 < 10 else { return nil }
                value = value * 10 + Int64(bytes[index] &- 0x30)
            }
            position += count
            return value
        }
        func skip(_ accepted: UInt8...) -> Bool {
            guard position < bytes.count, accepted.contains(bytes[position]) else { return false }
            position += 1
            return true
        }
        let (minus, colon) = (UInt8(ascii: "-"), UInt8(ascii: ":"))
        guard let year = number(4), skip(minus), let month = number(2), skip(minus), let day = number(2),
            skip(UInt8(ascii: "T"), UInt8(ascii: "t"), 0x20), let hour = number(2), hour < 24, skip(colon),
            let minute = number(2), minute < 60, skip(colon), let second = number(2), second <= 60,
            let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        var nanosecond: Int64 = 0
        if skip(UInt8(ascii: "."), UInt8(ascii: ",")) {
            var unit: Int64 = 100_000_000
            let start = position
            while position < bytes.count, bytes[position] &- 0x30 < 10 {
                nanosecond += Int64(bytes[position] &- 0x30) * unit
                unit /= 10
                position += 1
            }
            guard position > start else { return nil }
        }
        var offset: Int64 = 0
        if !skip(UInt8(ascii: "Z"), UInt8(ascii: "z")) {
            guard position < bytes.count, bytes[position] == minus || bytes[position] == UInt8(ascii: "+") else {
                return nil
            }
            let sign: Int64 = bytes[position] == minus ? -1 : 1
            position += 1
            guard let hours = number(2), hours < 24 else { return nil }
            var minutes: Int64 = 0
            if position < bytes.count {
                _ = skip(colon)
                guard let read = number(2), read < 60 else { return nil }
                minutes = read
            }
            offset = sign * (hours * 3_600 + minutes * 60)
        }
        guard position == bytes.count else { return nil }
        let clock = hour * 3_600 + minute * 60 + second
        return RowTime(second: date.count * 86_400 + clock - offset, nanosecond: nanosecond)
    }
}
