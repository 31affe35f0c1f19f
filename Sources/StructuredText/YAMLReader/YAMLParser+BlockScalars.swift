/// Literal (`|`) and folded (`>`) block scalars.
extension YAMLParser {
    private enum Chomping {
        case strip, clip, keep
    }

    /// Reads the scalar whose indicator is at `position`, which is left at the start of the line behind it.
    mutating func blockScalar(_ bytes: Span<UInt8>) throws(YAMLError) {
        let isLiteral = bytes[position] == UInt8(ascii: "|")
        let (chomping, explicit) = try header(bytes)
        // A scalar outside of collections has its text one column to the right, too, as libyaml wants it.
        let indent =
            if let explicit { max(parentColumn, 0) + explicit } else { try detectedIndent(bytes) }
        output.append(0x22)
        // Line ends that are not yet appended: that of the last line of text, and of the blank lines behind it.
        var hasBreak = false
        var blankLines = 0
        // Folding joins two lines when neither begins with a blank.
        var beganWithBlank = false
        while try isText(bytes, indent, &blankLines) {
            let start = position
            while position < bytes.count, bytes[position] != 0x0A { position += 1 }
            let beginsWithBlank = bytes[start] == 0x20 || bytes[start] == 0x09
            if !isLiteral, hasBreak, !beganWithBlank, !beginsWithBlank {
                if blankLines == 0 { output.append(0x20) }
            } else if hasBreak {
                append(#"\n"#)
            }
            appendLineFeeds(blankLines)
            blankLines = 0
            beganWithBlank = beginsWithBlank
            appendEscaped(bytes, start..<position)
            // The last line of a text may lack it.
            hasBreak = position < bytes.count
            if hasBreak { position += 1 }
        }
        if hasBreak, chomping != .strip { append(#"\n"#) }
        if chomping == .keep { appendLineFeeds(blankLines) }
        output.append(0x22)
    }

    /// Passes over the indicators and their line.
    private mutating func header(_ bytes: Span<UInt8>) throws(YAMLError) -> (Chomping, indent: Int?) {
        position += 1
        var chomping: Chomping?
        var indent: Int?
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "-") where chomping == nil: chomping = .strip
            case UInt8(ascii: "+") where chomping == nil: chomping = .keep
            case UInt8(ascii: "1")...UInt8(ascii: "9") where indent == nil: indent = Int(bytes[position] - 0x30)
            default:
                guard try isEndOfLine(bytes) else { throw misplaced(bytes, "something behind `|` or `>`") }
                return (chomping ?? .clip, indent)
            }
            position += 1
        }
        return (chomping ?? .clip, indent)
    }

    /// The column of the first line that is not blank, without moving.
    private func detectedIndent(_ bytes: Span<UInt8>) throws(YAMLError) -> Int {
        let least = max(parentColumn + 1, 1)
        var start = position
        var widestBlank = 0
        while true {
            var index = start
            while index < bytes.count, bytes[index] == 0x20 { index += 1 }
            let column = index - start
            guard index < bytes.count else { return max(least, widestBlank, column) }
            if bytes[index] == 0x0A {
                widestBlank = max(widestBlank, column)
                start = index + 1
                continue
            }
            guard column >= least else { return max(least, widestBlank) }
            guard bytes[index] != 0x09 else { throw YAMLError(.unsupported, bytes, at: index, "a tab before the text") }
            guard widestBlank <= column else {
                throw YAMLError(.syntax, bytes, at: index, "the text is indented less than the blank line above it")
            }
            return column
        }
    }

    /// Counts blank lines, and moves to the text of the next line that has some; false when the scalar ends, and `position`
    /// is at the start of a line.
    @inline(__always)
    private mutating func isText(_ bytes: Span<UInt8>, _ indent: Int, _ blankLines: inout Int) throws(YAMLError) -> Bool
    {
        while true {
            let start = position
            var index = start
            while index < bytes.count, index - start < indent, bytes[index] == 0x20 { index += 1 }
            guard index < bytes.count else {
                position = index
                return false
            }
            if bytes[index] == 0x0A {
                blankLines += 1
                position = index + 1
                continue
            }
            guard index - start == indent else {
                guard bytes[index] != 0x09 else {
                    throw YAMLError(.syntax, bytes, at: index, "a tab in the indentation")
                }
                return false
            }
            position = index
            return true
        }
    }

    @inline(__always)
    private mutating func appendLineFeeds(_ count: Int) {
        for _ in 0..<count { append(#"\n"#) }
    }
}
