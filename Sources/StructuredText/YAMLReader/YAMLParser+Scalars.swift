/// Scalars in block collections, and which of them are keys.
extension YAMLParser {
    /// What a scalar may be at its place.
    enum Role {
        case value, key, keyOrValue
        /// Behind `? `, which needs no colon in its line.
        case explicitKey
    }

    /// Keys in front of a colon end readers' patience after 1,024 characters.
    private static let maxKeyBytes = 1_024

    /// The value behind `key: ` or `--- `.
    @inline(__always)
    mutating func inlineValue(_ bytes: Span<UInt8>) throws(YAMLError) {
        let byte = bytes[position]
        if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "?"), isBlank(bytes, at: position + 1) {
            throw misplaced(bytes, "a collection in the line of its key")
        }
        _ = try scalar(bytes, .value)
    }

    /// A scalar or a flow collection at `position`. True for a key, at whose colon `position` then is; else the line is
    /// passed over, too.
    @inline(__always)
    mutating func scalar(_ bytes: Span<UInt8>, _ role: Role) throws(YAMLError) -> Bool {
        let byte = bytes[position]
        // Letters, to begin with what is most of all.
        if byte | 0x20 &- 0x61 < 26 { return try plain(bytes, role) }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            return try quotedScalar(bytes, role)
        case UInt8(ascii: "|"), UInt8(ascii: ">"):
            guard role != .key else { return false }
            try blockScalar(bytes)
            return false
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            try flowCollection(bytes, depth: levels.count)
            let end = position
            skipBlanks(bytes)
            if position < bytes.count, bytes[position] == UInt8(ascii: ":") {
                throw unsupported(bytes, "a key that is a collection")
            }
            position = end
            guard role != .key, try isEndOfLine(bytes) else {
                throw misplaced(bytes, "something behind a flow collection")
            }
            return false
        case UInt8(ascii: ":") where isBlank(bytes, at: position + 1):
            throw unsupported(bytes, "an empty key")
        case UInt8(ascii: "?") where isBlank(bytes, at: position + 1):
            throw misplaced(bytes, "a `? ` inside another key")
        default:
            try checkStart(bytes)
            return try plain(bytes, role)
        }
    }

    /// Refuses what no plain scalar begins with.
    func checkStart(_ bytes: Span<UInt8>) throws(YAMLError) {
        switch bytes[position] {
        case UInt8(ascii: "&"), UInt8(ascii: "*"): throw unsupported(bytes, "an anchor or an alias")
        case UInt8(ascii: "!"): throw unsupported(bytes, "a tag")
        case UInt8(ascii: "@"), UInt8(ascii: "`"), UInt8(ascii: "%"), UInt8(ascii: ","), UInt8(ascii: "]"),
            UInt8(ascii: "}"), UInt8(ascii: "|"), UInt8(ascii: ">"), UInt8(ascii: "#"), 0x09:
            throw misplaced(bytes, "a character with which no scalar begins")
        default: break
        }
    }

    /// Whether a key ends at the colon to which `position` is moved over blanks.
    @inline(__always)
    private mutating func isKey(_ bytes: Span<UInt8>, _ role: Role, from start: Int) throws(YAMLError) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: ":"), isBlank(bytes, at: position + 1) else {
            return false
        }
        guard role != .value, role != .explicitKey else { throw misplaced(bytes, "a `: ` inside a value") }
        guard position - start <= Self.maxKeyBytes else { throw unsupported(bytes, "a key of more than 1,024 bytes") }
        return true
    }

    private mutating func quotedScalar(_ bytes: Span<UInt8>, _ role: Role) throws(YAMLError) -> Bool {
        let start = position
        let isFolded = try quoted(bytes)
        let end = position
        skipBlanks(bytes)
        if try isKey(bytes, role, from: start) {
            guard !isFolded else { throw misplaced(bytes, "a key over several lines") }
            return true
        }
        position = end
        guard try isEndOfLine(bytes) else { throw misplaced(bytes, "something behind a quoted scalar") }
        return false
    }

    // MARK: Plain

    private mutating func plain(_ bytes: Span<UInt8>, _ role: Role) throws(YAMLError) -> Bool {
        let start = position
        var isVerbatim = true
        let end = plainLine(bytes, &isVerbatim)
        if position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: ":"):
                _ = try isKey(bytes, role, from: start)
                try appendKey(bytes, start..<end, isVerbatim)
                return true
            case UInt8(ascii: "#"):
                skipLine(bytes)
            default:
                position += 1
                if role != .key, let breaks = continuation(bytes) {
                    try folded(bytes, start..<end, breaks)
                    return false
                }
            }
        }
        if role == .explicitKey {
            try appendKey(bytes, start..<end, isVerbatim)
        } else {
            try appendResolved(bytes, start..<end, isVerbatim)
        }
        return false
    }

    /// The end of what belongs to a plain scalar in this line; `position` is left at the line's end, at `: ` or at a comment.
    @inline(__always)
    private mutating func plainLine(_ bytes: Span<UInt8>, _ isVerbatim: inout Bool) -> Int {
        var index = position
        scan: while index < bytes.count {
            let byte = bytes[index]
            if Self.isSafeInside(byte) {
                index += 1
                continue
            }
            switch byte {
            case 0x0A: break scan
            case UInt8(ascii: ":"): if isBlank(bytes, at: index + 1) { break scan }
            case UInt8(ascii: "#"):
                if index > position, bytes[index - 1] == 0x20 || bytes[index - 1] == 0x09 { break scan }
            default: isVerbatim = false
            }
            index += 1
        }
        var end = index
        while end > position, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        position = index
        return end
    }

    /// The bytes that need no look inside a plain scalar: all but controls, `"`, `#`, `:` and `\`.
    @inline(__always)
    private static func isSafeInside(_ byte: UInt8) -> Bool {
        let mask: UInt64 =
            switch byte >> 6 {
            case 0: 0xFBFF_FFF3_0000_0000
            case 1: 0xFFFF_FFFF_EFFF_FFFF
            default: .max
            }
        return mask &>> UInt64(byte & 63) & 1 == 1
    }

    /// Moves to the next line's text when that belongs to the plain scalar above, and gives the number of line ends before
    /// it; else `position`, at the start of a line, stays.
    @inline(__always)
    private mutating func continuation(_ bytes: Span<UInt8>) -> Int? {
        let parent = parentColumn
        var breaks = 1
        var start = position
        while true {
            var index = start
            while index < bytes.count, bytes[index] == 0x20 { index += 1 }
            guard index < bytes.count else { return nil }
            let byte = bytes[index]
            if byte == 0x0A {
                breaks += 1
                start = index + 1
                continue
            }
            guard index - start > parent, byte != UInt8(ascii: "#"), byte != 0x09,
                index > start || !isMarker(bytes, at: start)
            else { return nil }
            position = index
            return breaks
        }
    }

    /// The rest of a plain scalar over several lines, of which `first` is in the first.
    private mutating func folded(_ bytes: Span<UInt8>, _ first: Range<Int>, _ breaks: Int) throws(YAMLError) {
        output.append(UInt8(ascii: "\""))
        appendEscaped(bytes, first)
        var breaks = breaks
        while true {
            appendFold(breaks)
            let start = position
            var isVerbatim = true
            let end = plainLine(bytes, &isVerbatim)
            appendEscaped(bytes, start..<end)
            guard position < bytes.count else { break }
            if bytes[position] == UInt8(ascii: ":") { throw misplaced(bytes, "a `: ` inside a value") }
            if bytes[position] == UInt8(ascii: "#") {
                skipLine(bytes)
                break
            }
            position += 1
            guard let more = continuation(bytes) else { break }
            breaks = more
        }
        output.append(UInt8(ascii: "\""))
    }

    // MARK: Output

    /// What so many line ends inside a scalar mean: one is a space.
    @inline(__always)
    mutating func appendFold(_ breaks: Int) {
        if breaks == 1 { output.append(0x20) }
        for _ in 1..<max(breaks, 1) { append(#"\n"#) }
    }

    /// Appends text as the inside of a JSON string.
    @inline(__always)
    mutating func appendEscaped(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        var start = range.lowerBound
        for index in range {
            let byte = bytes[index]
            guard byte == 0x22 || byte == 0x5C || byte == 0x09 else { continue }
            if start < index { bytes.append(start..<index, to: &output) }
            start = index + 1
            output.append(0x5C)
            output.append(byte == 0x09 ? UInt8(ascii: "t") : byte)
        }
        if start < range.upperBound { bytes.append(start..<range.upperBound, to: &output) }
    }

    /// Appends a plain scalar as a string.
    @inline(__always)
    private mutating func appendString(_ bytes: Span<UInt8>, _ range: Range<Int>, _ isVerbatim: Bool) {
        output.append(UInt8(ascii: "\""))
        if isVerbatim { bytes.append(range, to: &output) } else { appendEscaped(bytes, range) }
        output.append(UInt8(ascii: "\""))
    }

    /// Appends a plain scalar as the value that it means.
    @inline(__always)
    mutating func appendResolved(_ bytes: Span<UInt8>, _ range: Range<Int>, _ isVerbatim: Bool) throws(YAMLError) {
        switch YAMLMeaning.of(bytes, range) {
        case .string: appendString(bytes, range, isVerbatim)
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .number: bytes.append(range, to: &output)
        case .respelled(let number): output.append(contentsOf: number)
        case .doubtful:
            throw YAMLError(.unsupported, bytes, at: range.lowerBound, "a plain scalar that readers take differently")
        }
    }

    /// Appends a plain scalar as a key, when that is what every reader takes it for.
    @inline(__always)
    mutating func appendKey(_ bytes: Span<UInt8>, _ range: Range<Int>, _ isVerbatim: Bool) throws(YAMLError) {
        let isSame =
            switch YAMLMeaning.of(bytes, range) {
            case .string: true
            case .null, .respelled, .doubtful: false
            case .bool: range.count >= 4 && (bytes[range.lowerBound] == 0x74 || bytes[range.lowerBound] == 0x66)
            case .number: range.count <= 18 && range.allSatisfy { JSONGrammar.isDigit(bytes[$0]) }
            }
        guard isSame else {
            throw YAMLError(.unsupported, bytes, at: range.lowerBound, "a plain key that readers spell differently")
        }
        appendString(bytes, range, isVerbatim)
    }
}
