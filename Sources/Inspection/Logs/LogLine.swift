/// What a line of a log says of itself, as far as it can be told: the common shapes of klog, JSON, logfmt, access logs of web servers,
/// and lines with a level in capitals.
///
/// It is the word of the program that wrote it. Nothing here fails: what cannot be told is nil.
package struct LogLine: Sendable, Hashable {
    /// Time of the line by the container's runtime, as it stands there (RFC 3339); nil where the log has none.
    package var time: String?
    /// What the program wrote.
    package var message: String
    package var level: Level?

    /// From the least to the worst.
    package enum Level: String, Sendable, Hashable, CaseIterable, Comparable {
        case trace, debug, info, warning, error, fatal

        package static func < (lhs: Level, rhs: Level) -> Bool {
            (allCases.firstIndex(of: lhs) ?? 0) < (allCases.firstIndex(of: rhs) ?? 0)
        }
    }

    /// - Parameter line: without its LF.
    package init(_ line: ArraySlice<UInt8>) {
        let split = Self.timeLength(line)
        time = split.map { String(decoding: line.prefix($0), as: UTF8.self) }
        let rest = line.dropFirst(split.map { $0 + 1 } ?? 0)
        // NUL would be the end of the text to SQLite, and hide the rest.
        message = String(
            decoding: rest.contains(0) ? rest.flatMap { $0 == 0 ? [0xEF, 0xBF, 0xBD] : [$0] } : Array(rest),
            as: UTF8.self)
        level = LogLevels.level(of: rest)
    }

    /// The length of the time stamp that the line begins with: `2026-11-30T08:01:00.268381048Z`, before a blank.
    package static func timeLength(_ line: ArraySlice<UInt8>) -> Int? {
        line.withUnsafeBytes(timeLength)
    }

    static func timeLength(_ line: UnsafeRawBufferPointer) -> Int? {
        guard line.count >= 21, line[4] == UInt8(ascii: "-"), line[7] == UInt8(ascii: "-"),
            line[10] == UInt8(ascii: "T"), line[13] == UInt8(ascii: ":"), line[16] == UInt8(ascii: ":")
        else { return nil }
        // Its first 19 characters are digits but for the five that were looked at.
        for position in 0..<19 where line[position] &- 0x30 > 9 && !(0x0001_2490 >> position & 1 == 1) { return nil }
        var length = 19
        while length < 40, length < line.count, line[length] != 0x20 { length += 1 }
        guard length >= 20, length < 40, length < line.count else { return nil }
        let zone = line[length - 6]
        guard line[length - 1] == UInt8(ascii: "Z") || zone == UInt8(ascii: "+") || zone == UInt8(ascii: "-") else {
            return nil
        }
        return length
    }
}
