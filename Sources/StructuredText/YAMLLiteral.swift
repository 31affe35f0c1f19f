/// Literal block scalars (`|`): several lines as they are.
enum YAMLLiteral {
    /// The string's text, decoded, when a literal block gives it back to every reader; nil when it needs double
    /// quotes.
    ///
    /// Refused are: anything invisible or a line break to some reader, lines that end in white space (editors strip
    /// it), white space with a tab at the start of a line (readers disagree whether that is indentation), and nothing
    /// but line feeds.
    static func text(of string: YAMLString, in bytes: Span<UInt8>) -> [UInt8]? {
        var text: [UInt8] = []
        text.reserveCapacity(string.content.count)
        let token = JSONGrammar.StringToken(content: string.content, hasEscapes: true)
        JSONGrammar.appendDecoded(bytes, token, to: &text)
        var isASCII = true
        var isBlank = true
        var atLineStart = true
        var previous: UInt8 = 0x0A
        for byte in text {
            switch byte {
            case 0x0A:
                if previous == 0x20 || previous == 0x09 { return nil }
                atLineStart = true
            case 0x09:
                if atLineStart { return nil }
            case 0x20:
                break
            case 0..<0x20, 0x7F:
                return nil
            default:
                atLineStart = false
                isBlank = false
                if byte > 0x7F { isASCII = false }
            }
            previous = byte
        }
        if isBlank || previous == 0x20 || previous == 0x09 { return nil }
        if isASCII { return text }
        let decoded = String(decoding: text, as: UTF8.self)
        guard decoded.unicodeScalars.allSatisfy({ YAMLScalars.isVisible($0) || $0 == "\n" || $0 == "\t" }) else {
            return nil
        }
        return Array(decoded.utf8)
    }

    /// Appends header and lines; `indent` is the column of the lines, two to the right of the collection that holds
    /// them.
    static func append(_ text: [UInt8], indent: Int, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "|"))
        // A reader finds the indentation from the first line, which therefore must not start with a space or be empty.
        if text.first == 0x20 || text.first == 0x0A { output.append(UInt8(ascii: "2")) }
        if text.last != 0x0A {
            output.append(UInt8(ascii: "-"))
        } else if text.dropLast().last == 0x0A {
            output.append(UInt8(ascii: "+"))
        }
        output.append(0x0A)
        let bytes = text.span
        var start = 0
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != 0x0A { end += 1 }
            if start < end {
                output.append(contentsOf: repeatElement(0x20, count: indent))
                bytes.append(start..<end, to: &output)
            }
            output.append(0x0A)
            start = end + 1
        }
    }
}
