/// Collections in brackets. As in libyaml, their lines may be indented as they like.
extension YAMLParser {
    /// Reads the collection whose bracket is at `position`, inside `depth` others; `position` is left behind it. Recursion
    /// is bounded by the limit of depth.
    mutating func flowCollection(_ bytes: Span<UInt8>, depth: Int) throws(YAMLError) {
        try checkDepth(bytes, depth)
        let bracket = bytes[position]
        let isMapping = bracket == UInt8(ascii: "{")
        // The closing brackets lie two behind the opening ones in ASCII.
        let close = bracket + 2
        let mark = keys.mark
        position += 1
        output.append(bracket)
        var isFirst = true
        while try next(bytes) != close {
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            if isMapping {
                try flowMember(bytes, mark, depth)
            } else {
                try flowValue(bytes, depth)
            }
            let separator = try next(bytes)
            if separator == UInt8(ascii: ",") {
                position += 1
            } else if separator == UInt8(ascii: ":") {
                throw unsupported(bytes, "a key inside of `[]`, a collection as a key, or a `:` away from its key")
            } else if separator != close {
                throw misplaced(bytes, "neither `,` nor a closing bracket")
            }
        }
        position += 1
        keys.close(from: mark)
        output.append(close)
    }

    /// The next byte that is no white space, to which `position` is moved over comments and line ends.
    @inline(__always)
    private mutating func next(_ bytes: Span<UInt8>) throws(YAMLError) -> UInt8 {
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case 0x20, 0x09: position += 1
            case 0x0A:
                position += 1
                guard !isMarker(bytes, at: position) else {
                    throw misplaced(bytes, "the document ends inside a flow collection")
                }
            case UInt8(ascii: "#"):
                guard isBlank(bytes, at: position - 1) else {
                    throw misplaced(bytes, "a `#` without a space before it")
                }
                while position < bytes.count, bytes[position] != 0x0A { position += 1 }
            default: return byte
            }
        }
        throw misplaced(bytes, "the text ends inside a flow collection")
    }

    /// A key and its value.
    @inline(__always)
    private mutating func flowMember(_ bytes: Span<UInt8>, _ mark: Int, _ depth: Int) throws(YAMLError) {
        let isExplicit = bytes[position] == UInt8(ascii: "?") && isBlank(bytes, at: position + 1)
        if isExplicit {
            position += 1
            _ = try next(bytes)
        }
        let start = output.count
        let line = position
        let byte = bytes[position]
        let isFolded: Bool
        if byte == 0x22 || byte == 0x27 {
            isFolded = try quoted(bytes)
            skipBlanks(bytes)
        } else {
            guard byte != UInt8(ascii: "["), byte != UInt8(ascii: "{") else {
                throw unsupported(bytes, "a key that is a collection")
            }
            isFolded = try flowPlain(bytes, isKey: true)
        }
        if isExplicit {
            _ = try next(bytes)
        } else if isFolded {
            throw YAMLError(.unsupported, bytes, at: line, "a key over several lines")
        }
        let hasValue = position < bytes.count && bytes[position] == UInt8(ascii: ":")
        if hasValue { position += 1 }
        try insertKey(bytes, start, from: mark)
        let value = hasValue ? try next(bytes) : UInt8(ascii: ",")
        if value == UInt8(ascii: ",") || value == UInt8(ascii: "}") {
            append("null")
        } else {
            try flowValue(bytes, depth)
        }
    }

    /// A value that is not empty.
    @inline(__always)
    private mutating func flowValue(_ bytes: Span<UInt8>, _ depth: Int) throws(YAMLError) {
        switch bytes[position] {
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            try flowCollection(bytes, depth: depth + 1)
        case 0x22, 0x27:
            _ = try quoted(bytes)
        default:
            _ = try flowPlain(bytes, isKey: false)
        }
    }

    // MARK: Plain

    /// A plain scalar; `position` is left where its last line ends, or a comment, a bracket, a comma or a colon stands. True
    /// when it is in several lines.
    private mutating func flowPlain(_ bytes: Span<UInt8>, isKey: Bool) throws(YAMLError) -> Bool {
        try checkStart(bytes)
        switch bytes[position] {
        case UInt8(ascii: "-") where isFlowEnd(bytes, at: position + 1), UInt8(ascii: ":"):
            throw unsupported(bytes, "an indicator in a flow collection that readers take differently")
        default: break
        }
        var isVerbatim = true
        let line = try flowPlainLine(bytes, &isVerbatim)
        guard let breaks = try flowContinuation(bytes) else {
            if isKey {
                try appendKey(bytes, line, isVerbatim)
            } else {
                try appendResolved(bytes, line, isVerbatim)
            }
            return false
        }
        output.append(UInt8(ascii: "\""))
        appendEscaped(bytes, line)
        appendFold(breaks)
        while true {
            let line = try flowPlainLine(bytes, &isVerbatim)
            appendEscaped(bytes, line)
            guard let breaks = try flowContinuation(bytes) else { break }
            appendFold(breaks)
        }
        output.append(UInt8(ascii: "\""))
        return true
    }

    /// What belongs to a plain scalar in this line; `position` is left where that ends, but for blanks.
    private mutating func flowPlainLine(
        _ bytes: Span<UInt8>, _ isVerbatim: inout Bool
    ) throws(YAMLError) -> Range<Int> {
        let start = position
        scan: while position < bytes.count {
            switch bytes[position] {
            case 0x0A, UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"):
                break scan
            case UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "?"):
                throw unsupported(bytes, "a plain scalar in a flow collection that readers take differently")
            case UInt8(ascii: ":"):
                if isBlank(bytes, at: position + 1) { break scan }
                if isFlowEnd(bytes, at: position + 1) {
                    throw unsupported(bytes, "a plain scalar in a flow collection that readers take differently")
                }
            case UInt8(ascii: "#"):
                if bytes[position - 1] == 0x20 || bytes[position - 1] == 0x09 { break scan }
            case 0x22, 0x5C, 0x09:
                isVerbatim = false
            default:
                break
            }
            position += 1
        }
        var end = position
        while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        return start..<end
    }

    /// At the end of a line of a plain scalar, moves to its next line, and gives the number of line ends before that; nil when
    /// there is none, and `position` stays.
    private mutating func flowContinuation(_ bytes: Span<UInt8>) throws(YAMLError) -> Int? {
        guard position < bytes.count, bytes[position] == 0x0A else { return nil }
        var index = position
        var breaks = 0
        while index < bytes.count {
            switch bytes[index] {
            case 0x0A:
                breaks += 1
                guard !isMarker(bytes, at: index + 1) else { return nil }
            case 0x20, 0x09:
                break
            case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "#"):
                return nil
            case UInt8(ascii: ":") where isBlank(bytes, at: index + 1):
                return nil
            default:
                position = index
                return breaks
            }
            index += 1
        }
        return nil
    }

    private func isFlowEnd(_ bytes: Span<UInt8>, at index: Int) -> Bool {
        if isBlank(bytes, at: index) { return true }
        switch bytes[index] {
        case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"): return true
        default: return false
        }
    }
}
