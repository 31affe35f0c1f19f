internal import LinuxHost

/// What stands before the content of a line of a container's log file: `TIME STREAM TAGS `.
///
/// Times are those of RFC 3339 section 5.6 with a capital T and Z. Go, and so a kubelet, also takes some that no runtime writes: a
/// comma before the fraction, an hour of one digit, the year 0, and headers without an end.
struct ContainerLogHeader {
    enum Reading {
        case whole(ContainerLogHeader)
        /// What there is may be the beginning of one.
        case goesOn
        case other
    }

    /// No runtime writes more than 50 bytes.
    static let maxBytes = 256
    /// `2016-10-06T00:17:09`, what follows it is the fraction and the zone.
    private static let secondsBytes = 19

    /// Bytes of it, with the space that ends it.
    let count: Int
    /// Whether more of the line follows in the next one.
    let isPiece: Bool
    private let timeBytes: Int
    private let fractionBytes: Int

    static func read(_ bytes: UnsafeBufferPointer<UInt8>) -> Reading {
        var spaces = (0, 0)
        var found = 0
        var end = 0
        let limit = min(bytes.count, maxBytes)
        while end < limit, found < 3 {
            if bytes[end] == 0x0A { return .other }
            if bytes[end] == 0x20 {
                found += 1
                if found == 1 { spaces.0 = end }
                if found == 2 { spaces.1 = end }
            }
            end += 1
        }
        guard found == 3 else { return limit < maxBytes ? .goesOn : .other }
        let stream = bytes[(spaces.0 + 1)..<spaces.1]
        guard stream.elementsEqual("stdout".utf8) || stream.elementsEqual("stderr".utf8),
            let fraction = fraction(of: bytes, timeBytes: spaces.0)
        else { return .other }
        let tags = bytes[(spaces.1 + 1)..<(end - 1)]
        let isPiece = tags.first == 0x50 && (tags.count == 1 || tags.dropFirst().first == 0x3A)
        return .whole(
            ContainerLogHeader(count: end, isPiece: isPiece, timeBytes: spaces.0, fractionBytes: fraction))
    }

    /// The time and a space, as the kubelet has them: nine digits of the second, and `Z` for an offset of zero (Go's
    /// RFC3339NanoFixed). Some runtimes write `+00:00`.
    func appendTime(of bytes: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        let fractionEnd = Self.secondsBytes + fractionBytes
        if fractionBytes == 10 {
            output.append(contentsOf: bytes[..<fractionEnd])
        } else {
            let digits = bytes[Self.secondsBytes..<fractionEnd].dropFirst().prefix(9)
            output.append(contentsOf: bytes[..<Self.secondsBytes])
            output.append(0x2E)
            output.append(contentsOf: digits)
            output.append(contentsOf: repeatElement(0x30, count: 9 - digits.count))
        }
        let zone = bytes[fractionEnd..<timeBytes]
        if zone.dropFirst().elementsEqual("00:00".utf8) {
            output.append(0x5A)
        } else {
            output.append(contentsOf: zone)
        }
        output.append(0x20)
    }

    /// When the runtime read the line.
    func time(of bytes: UnsafeBufferPointer<UInt8>) -> Timestamp {
        func number(_ start: Int, _ count: Int) -> Int64 { Int64(Self.number(bytes, start, count) ?? 0) }
        // Days of the civil calendar, by eras of 400 years that begin on 1 March, so that the leap day is the last of a year.
        let month = number(5, 2)
        let year = number(0, 4) - (month <= 2 ? 1 : 0)
        let yearOfEra = year % 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + number(8, 2) - 1
        let days = year / 400 * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        var seconds = days * 86_400 + number(11, 2) * 3_600 + number(14, 2) * 60 + number(17, 2)
        let zone = Self.secondsBytes + fractionBytes
        if bytes[zone] != 0x5A {
            let offset = number(zone + 1, 2) * 3_600 + number(zone + 4, 2) * 60
            seconds += bytes[zone] == 0x2B ? -offset : offset
        }
        var nanoseconds: UInt32 = 0
        for index in 1...9 {
            let digit = index < fractionBytes ? bytes[Self.secondsBytes + index] &- 0x30 : 0
            nanoseconds = nanoseconds * 10 + UInt32(digit)
        }
        return Timestamp(seconds: seconds, nanoseconds: nanoseconds)
    }

    /// Whether a line begins with a time and a space, as every line does that a kubelet gives with time stamps.
    static func beginsWithTime(_ line: [UInt8]) -> Bool {
        guard let space = line.prefix(64).firstIndex(of: 0x20) else { return false }
        return line.withUnsafeBufferPointer { fraction(of: $0, timeBytes: space) != nil }
    }

    /// The bytes of the fraction of a time as RFC 3339 has it, with its point; nil when it is no such time.
    private static func fraction(of bytes: UnsafeBufferPointer<UInt8>, timeBytes: Int) -> Int? {
        guard timeBytes > secondsBytes, let year = number(bytes, 0, 4), let month = number(bytes, 5, 2),
            let day = number(bytes, 8, 2), let hour = number(bytes, 11, 2), let minute = number(bytes, 14, 2),
            let second = number(bytes, 17, 2)
        else { return nil }
        let marks = (bytes[4], bytes[7], bytes[10], bytes[13], bytes[16])
        guard marks == (0x2D, 0x2D, 0x54, 0x3A, 0x3A), year > 0, (1...12).contains(month),
            day > 0, day <= days(of: month, in: year),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var end = secondsBytes
        if bytes[end] == 0x2E {
            end += 1
            while end < timeBytes, isDigit(bytes[end]) { end += 1 }
            guard end > secondsBytes + 1 else { return nil }
        }
        let zone = bytes[end..<timeBytes]
        if zone.elementsEqual("Z".utf8) { return end - secondsBytes }
        guard zone.count == 6, bytes[end] == 0x2B || bytes[end] == 0x2D, bytes[end + 3] == 0x3A,
            let hours = number(bytes, end + 1, 2), let minutes = number(bytes, end + 4, 2), hours < 24, minutes < 60
        else { return nil }
        return end - secondsBytes
    }

    private static func days(of month: Int, in year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func number(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int) -> Int? {
        var value = 0
        for index in start..<(start + count) {
            guard isDigit(bytes[index]) else { return nil }
            value = value * 10 + Int(bytes[index] - 0x30)
        }
        return value
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
