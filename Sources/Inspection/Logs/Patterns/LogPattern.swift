/// What lines of a log that say the same have in common: the line with `<*>` for what changes from one to the next.
///
/// Made in one pass over the first 512 bytes of a line, as the first step of Drain (He et al. 2017) does it, by what a word looks like,
/// not by what other lines have. Variable are
///
/// - words that begin with a digit: numbers, durations and sizes with their units, times;
/// - words of three and more hex digits with a digit among them, of eight and more without, `0x…`, and UUIDs;
/// - words of five and more characters with letters behind a digit, such as the random end of a pod's name; of other words, their digits;
/// - values in quotes, but for those that are the message itself: `msg`, `error` and their like of JSON and logfmt, the first of klog.
///   Of a request in quotes the method is kept;
/// - names of days and months in a date.
///
/// Variables that only `.`, `:`, `-`, `/`, `,`, `+` or `_` parts are one: a time, an address, a version. What steers a terminal is
/// left out.
struct LogPattern {
    /// Of the last line. At most ``mostBytes``, and then `…`.
    private(set) var text: [UInt8] = []
    /// The name that a value in JSON belongs to.
    private var name: Range<Int>?
    private var isJSON = false

    /// Of a line, in bytes.
    static let looked = 512
    static let mostBytes = 400

    private static let variable = Array("<*>".utf8)

    mutating func make(_ message: UnsafeRawBufferPointer) {
        text.removeAll(keepingCapacity: true)
        name = nil
        let line = UnsafeRawBufferPointer(rebasing: message.prefix(Self.looked))
        isJSON = line.first { $0 > 0x20 } == UInt8(ascii: "{")
        add(line, 0..<line.count)
        while text.last == 0x20 { text.removeLast() }
        if text.count > Self.mostBytes {
            // Not within a character.
            var end = Self.mostBytes
            while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
            text.removeLast(text.count - end)
        }
        if message.count > Self.looked || text.count == Self.mostBytes { text += "…".utf8 }
    }

    private mutating func add(_ line: UnsafeRawBufferPointer, _ range: Range<Int>) {
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = line[index]
            if Self.isWord(byte) {
                index = addWord(line, index, range.upperBound)
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                index = addQuoted(line, index, range)
            } else if byte == 0x1B {
                index = Self.endOfEscape(line, index, range.upperBound)
            } else {
                if byte > 0x20, byte != 0x7F {
                    text.append(byte)
                } else if text.last != 0x20, !text.isEmpty {
                    text.append(0x20)
                }
                index += 1
            }
        }
    }

    // MARK: Words

    private static func isWord(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == 0x5F || byte >= 0x80
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    private static func isHex(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 0x61 < 6 }

    /// Adds the word that begins at `start`; gives what is behind it.
    private mutating func addWord(_ line: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Int {
        if let end = Self.endOfUUID(line, start, end) {
            addVariable()
            return end
        }
        var index = start
        var digits = 0, isAllHex = true, hasLetterBehindDigit = false
        while index < end, Self.isWord(line[index]) {
            let byte = line[index]
            if Self.isDigit(byte) {
                digits += 1
            } else if digits > 0, byte != 0x5F {
                hasLetterBehindDigit = true
            }
            if !Self.isHex(byte) { isAllHex = false }
            index += 1
        }
        let word = line[start..<index]
        if digits == 0 {
            let isVariable = isAllHex && word.count >= 8 || Self.isOfDate(word, line, index, end)
            if isVariable { addVariable() } else { text += word }
        } else if Self.isDigit(line[start]) || isAllHex && word.count >= 3 || hasLetterBehindDigit && word.count >= 5 {
            addVariable()
        } else {
            var isInDigits = false
            for byte in word {
                if !Self.isDigit(byte) { text.append(byte) } else if !isInDigits { text += Self.variable }
                isInDigits = Self.isDigit(byte)
            }
        }
        return index
    }

    private static func endOfUUID(_ line: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Int? {
        guard start + 36 <= end, line[start + 8] == UInt8(ascii: "-"), line[start + 13] == UInt8(ascii: "-"),
            line[start + 18] == UInt8(ascii: "-"), line[start + 23] == UInt8(ascii: "-")
        else { return nil }
        for offset in 0..<36 where ![8, 13, 18, 23].contains(offset) && !isHex(line[start + offset]) { return nil }
        return start + 36 == end || !isWord(line[start + 36]) ? start + 36 : nil
    }

    private static let daysAndMonths: Set<String> = [
        "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
        "Oct", "Nov", "Dec",
    ]

    /// `Nov` of `Nov 30` or `30/Nov/2026`, `Mon` of `Mon Nov`.
    private static func isOfDate(
        _ word: Slice<UnsafeRawBufferPointer>, _ line: UnsafeRawBufferPointer, _ behind: Int, _ end: Int
    ) -> Bool {
        guard word.count == 3, behind + 1 < end, [0x20, 0x2C, 0x2F, 0x2D].contains(line[behind]) else { return false }
        guard daysAndMonths.contains(String(decoding: word, as: UTF8.self)) else { return false }
        var next = behind + 1
        while next < end, line[next] == 0x20 { next += 1 }
        guard next < end else { return false }
        return isDigit(line[next])
            || next + 3 <= end && daysAndMonths.contains(String(decoding: line[next..<(next + 3)], as: UTF8.self))
    }

    private mutating func addVariable() {
        // A sign is part of the number.
        if let last = text.last, last == 0x2D || last == 0x2B {
            let before = text.dropLast().last
            if before == nil || before == 0x20 || before == 0x3D || before == 0x28 || before == 0x3A {
                text.removeLast()
            }
        }
        var end = text.count
        while end > 0, text.count - end < 2, Self.isJoint(text[end - 1]) { end -= 1 }
        if text[..<end].suffix(3).elementsEqual(Self.variable) {
            text.removeLast(text.count - end)
        } else {
            text += Self.variable
        }
    }

    private static func isJoint(_ byte: UInt8) -> Bool {
        // . : - / , + _
        byte == 0x2E || byte == 0x3A || byte == 0x2D || byte == 0x2F || byte == 0x2C || byte == 0x2B || byte == 0x5F
    }

    // MARK: Quotes

    private static let told: Set<String> = [
        "msg", "message", "log", "error", "err", "reason", "exception", "exc_info", "level", "severity", "lvl",
        "levelname", "logger", "component", "module", "caller", "event", "type", "method", "code", "status",
    ]

    /// Adds what is in quotes from `start` on; gives what is behind.
    private mutating func addQuoted(_ line: UnsafeRawBufferPointer, _ start: Int, _ range: Range<Int>) -> Int {
        let quote = line[start]
        // Of `don't` it is none.
        let isWithin = start > range.lowerBound && Self.isWord(line[start - 1])
        guard let end = quote == UInt8(ascii: "'") && isWithin ? nil : Self.closing(line, start, range.upperBound)
        else {
            text.append(quote)
            return start + 1
        }
        let content = (start + 1)..<end
        text.append(quote)
        var behind = end + 1
        while behind < range.upperBound, line[behind] == 0x20 { behind += 1 }
        if isJSON, quote == UInt8(ascii: "\""), behind < range.upperBound, line[behind] == UInt8(ascii: ":") {
            name = content
            add(line, content)
        } else if let method = Self.method(line, content) {
            text += line[method]
            text += " <*>".utf8
        } else if isTold(line, start, range.lowerBound) {
            add(line, content)
        } else {
            text += Self.variable
        }
        text.append(quote)
        return end + 1
    }

    private static func closing(_ line: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Int? {
        var index = start + 1
        while index < end {
            if line[index] == line[start] { return index }
            index += line[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }

    /// Whether a value in quotes is what the line has to say.
    private func isTold(_ line: UnsafeRawBufferPointer, _ start: Int, _ least: Int) -> Bool {
        if isJSON {
            return name.map { Self.told.contains(String(decoding: line[$0], as: UTF8.self)) } ?? false
        }
        guard start > least else { return false }
        if line[start - 1] == UInt8(ascii: "=") {
            var first = start - 1
            while first > least, Self.isWord(line[first - 1]) { first -= 1 }
            return Self.told.contains(String(decoding: line[first..<(start - 1)], as: UTF8.self))
        }
        // `E1130 08:01:00.123456       1 file.go:12] "What failed" err="…"`
        return start - 1 > least && line[start - 1] == 0x20 && line[start - 2] == UInt8(ascii: "]")
    }

    private static func method(_ line: UnsafeRawBufferPointer, _ content: Range<Int>) -> Range<Int>? {
        guard let blank = line[content].prefix(8).firstIndex(of: 0x20) else { return nil }
        let word = content.lowerBound..<blank
        return LogRequest.isMethod(String(decoding: line[word], as: UTF8.self)) ? word : nil
    }

    /// What is behind an escape sequence (ECMA-48).
    private static func endOfEscape(_ line: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Int {
        var index = start + 1
        guard index < end, line[index] == UInt8(ascii: "[") else { return index }
        index += 1
        while index < end, !(0x40...0x7E).contains(line[index]) { index += 1 }
        return min(index + 1, end)
    }
}
