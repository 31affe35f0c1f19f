/// Section 2.1 seen from a reader: which bytes may be a path.
enum PathGrammar {
    /// What is wrong with the path, as a clause; nil when nothing is.
    static func violation(in path: UnsafeBufferPointer<UInt8>) -> String? {
        guard path.count > 0 else { return "it is empty" }
        guard path.count <= FormatLimits.path else { return "it is longer than \(FormatLimits.path) bytes" }
        var start = 0
        for index in 0...path.count where index == path.count || path[index] == UInt8(ascii: "/") {
            if let problem = componentViolation(path, start..<index) { return problem }
            start = index + 1
        }
        return nil
    }

    private static func componentViolation(_ path: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> String? {
        guard !range.isEmpty else { return "a component is empty" }
        guard range.count <= FormatLimits.component else {
            return "a component is longer than \(FormatLimits.component) bytes"
        }
        var index = range.lowerBound
        if path[index] == UInt8(ascii: "."), isAllDots(path, range) { return "a component is . or .." }
        while index < range.upperBound {
            let byte = path[index]
            if NameEscaping.isPlain(byte) {
                index += 1
            } else if byte == UInt8(ascii: "=") {
                guard let length = escapeLength(path, at: index, in: range) else {
                    return "an escape is not one that a writer makes"
                }
                index += length
            } else {
                return "the byte 0x\(String(byte, radix: 16)) must be escaped"
            }
        }
        return nil
    }

    private static func isAllDots(_ path: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
        range.count == 1 || (range.count == 2 && path[range.lowerBound + 1] == UInt8(ascii: "."))
    }

    /// Length of the escape or mark at `index`; nil when it is not the one form of one that is needed.
    private static func escapeLength(
        _ path: UnsafeBufferPointer<UInt8>, at index: Int, in range: Range<Int>
    ) -> Int? {
        guard index + 2 < range.upperBound else { return nil }
        if path[index + 1] == UInt8(ascii: "~") {
            let end = index + NameEscaping.markLength
            guard end <= range.upperBound, (index + 2..<end).allSatisfy({ isLowerHex(path[$0]) }) else { return nil }
            return NameEscaping.markLength
        }
        guard let high = upperHexValue(path[index + 1]), let low = upperHexValue(path[index + 2]) else { return nil }
        let byte = high << 4 | low
        if byte == UInt8(ascii: ".") {
            return index == range.lowerBound && isEscapedDots(path, range) ? 3 : nil
        }
        return NameEscaping.isPlain(byte) ? nil : 3
    }

    /// Whether the component is `=2E` or `=2E.`, marks aside.
    private static func isEscapedDots(_ path: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
        var rest = range.lowerBound + 3
        while rest + 1 < range.upperBound, path[rest] == UInt8(ascii: "="), path[rest + 1] == UInt8(ascii: "~") {
            rest += NameEscaping.markLength
        }
        return rest >= range.upperBound || (rest == range.upperBound - 1 && path[rest] == UInt8(ascii: "."))
    }

    private static func upperHexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        default: nil
        }
    }

    private static func isLowerHex(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || byte &- 0x61 < 6
    }
}
