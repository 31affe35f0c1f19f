/// A Swift source with comments and string literals blanked out, so that a search finds code only. Code in string
/// interpolations stays. Positions and lines are those of the source.
struct SwiftText {
    /// Lines of the source as they are.
    let lines: [Substring]
    /// The same lines with spaces for every byte of a comment or a literal.
    let code: [Substring]

    init(_ source: String) {
        var blanker = Blanker(source: Array(source.utf8))
        blanker.code(endingAt: nil)
        lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        code = String(decoding: blanker.result, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// True if a comment gives a reason for a construct in a line: one at its end, or a block right above it. In a
    /// documentation comment, which says what a thing is, the reason has to name the construct.
    func hasReason(for construct: String, line: Int) -> Bool {
        if lines[line - 1].contains(" // ") && !code[line - 1].contains("//") { return true }
        let block = lines[..<(line - 1)].reversed()
            .map { $0.drop { $0 == " " } }
            .prefix { $0.hasPrefix("//") }
        guard let last = block.first else { return false }
        return !last.hasPrefix("///") || block.contains { $0.contains(construct) }
    }
}

/// Copies code and leaves blanks for the rest.
private struct Blanker {
    let source: [UInt8]
    var result: [UInt8]
    var position = 0

    init(source: [UInt8]) {
        self.source = source
        result = source.map { $0 == UInt8(ascii: "\n") ? $0 : UInt8(ascii: " ") }
    }

    /// Copies until the closing parenthesis of an interpolation, or to the end of the source.
    mutating func code(endingAt closing: UInt8?) {
        var depth = 0
        while position < source.count {
            if isNext("//") {
                skipLine()
            } else if isNext("/*") {
                skipBlockComment()
            } else if let hashes = literalHashes() {
                skipLiteral(hashes: hashes)
            } else {
                let byte = source[position]
                if byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: ")") {
                    if depth == 0, closing == byte { return }
                    depth -= 1
                }
                result[position] = byte
                position += 1
            }
        }
    }

    private func isNext(_ text: String, at offset: Int = 0) -> Bool {
        var index = position + offset
        for byte in text.utf8 {
            guard index < source.count, source[index] == byte else { return false }
            index += 1
        }
        return true
    }

    private mutating func skipLine() {
        while position < source.count, source[position] != UInt8(ascii: "\n") { position += 1 }
    }

    /// Block comments nest.
    private mutating func skipBlockComment() {
        var depth = 0
        repeat {
            if isNext("/*") {
                depth += 1
                position += 2
            } else if isNext("*/") {
                depth -= 1
                position += 2
            } else {
                position += 1
            }
        } while depth > 0 && position < source.count
    }

    /// The number of `#` before the quote if a string literal begins here.
    private func literalHashes() -> Int? {
        var hashes = 0
        while isNext("#", at: hashes) { hashes += 1 }
        return isNext("\"", at: hashes) ? hashes : nil
    }

    private mutating func skipLiteral(hashes: Int) {
        position += hashes
        let isMultiline = isNext("\"\"\"")
        let marks = String(repeating: "#", count: hashes)
        let end = (isMultiline ? "\"\"\"" : "\"") + marks
        let escape = "\\" + marks
        position += isMultiline ? 3 : 1
        while position < source.count {
            if isNext(end) {
                position += end.utf8.count
                return
            }
            if isNext(escape + "(") {
                position += escape.utf8.count + 1
                code(endingAt: UInt8(ascii: ")"))
                position += 1
            } else if isNext(escape) {
                position += escape.utf8.count + 1
            } else if !isMultiline, source[position] == UInt8(ascii: "\n") {
                return  // not valid Swift: the compiler says so, and the next line is code again
            } else {
                position += 1
            }
        }
    }
}
