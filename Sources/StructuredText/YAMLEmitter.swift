/// Turns JSON tokens into lines of YAML as they are read, without a tree.
struct YAMLEmitter {
    private enum Style {
        case block
        case flow
    }

    /// A key longer than this is written in the explicit form (`? key`): readers give up on a simple key after 1,024
    /// characters, and escapes make a byte at most four.
    private static let maxSimpleKeyBytes = 128

    private(set) var output: [UInt8]
    private let maxDepth: Int
    private var blockDepth: Int
    /// Length of `output` at which block style has become too dear.
    private var budget: Int

    init(output: consuming [UInt8], maxDepth: Int, blockDepth: Int, budget: Int) {
        self.output = output
        self.maxDepth = maxDepth
        self.blockDepth = blockDepth
        self.budget = budget
    }

    /// Takes back what was written behind `start`, for another try in which no length is too dear.
    mutating func restart(at start: Int, blockDepth: Int) {
        output.removeSubrange(start...)
        self.blockDepth = blockDepth
        budget = .max
    }

    /// Writes a whole text. False when the budget ran out; the output is then incomplete.
    mutating func document(_ bytes: Span<UInt8>, _ layout: YAMLLayout) throws(JSONError) -> Bool {
        var position = 0
        spaces(layout.indent)
        if layout.isSequenceItem { append("- ") }
        let column = layout.indent + (layout.isSequenceItem ? 2 : 0)
        let byte = try JSONGrammar.peek(bytes, &position, in: "a value")
        if byte == UInt8(ascii: "{") {
            try topObject(bytes, &position, column, layout.extra)
        } else if byte == UInt8(ascii: "["), try !isEmpty(bytes, &position, depth: 0) {
            try blockSequence(bytes, &position, column: column, depth: 1)
        } else if byte != UInt8(ascii: "[") {
            // Only as an element is there a collection that a literal block could be indented against.
            try scalar(bytes, &position, literalIndent: layout.isSequenceItem ? column : nil)
        }
        guard isWithinBudget else { return false }
        try JSONGrammar.checkEnd(bytes, &position)
        return true
    }

    private var isWithinBudget: Bool {
        output.count <= budget
    }

    // MARK: Top object

    private mutating func topObject(
        _ bytes: Span<UInt8>, _ position: inout Int, _ column: Int, _ extra: [(String, String)]
    ) throws(JSONError) {
        let start = output.count
        if try isEmpty(bytes, &position, depth: 0) {
            guard !extra.isEmpty else { return }
            output.removeSubrange(start...)
            var lines = Self.lines(of: extra, column: column)
            lines.removeLast(column)
            output.append(contentsOf: lines)
            return
        }
        var missing = extra
        try blockMapping(bytes, &position, column: column, depth: 1, missing: &missing)
        // What is missing is known only now; moving the text up is cheaper than reading the object twice.
        if !missing.isEmpty { output.insert(contentsOf: Self.lines(of: missing, column: column), at: start) }
    }

    /// The members as lines, each followed by the indentation of the next.
    private static func lines(of members: [(String, String)], column: Int) -> [UInt8] {
        var emitter = YAMLEmitter(output: [], maxDepth: 1, blockDepth: 1, budget: .max)
        for (key, value) in members {
            emitter.own(key)
            emitter.append(": ")
            emitter.own(value)
            emitter.append("\n")
            emitter.spaces(column)
        }
        return emitter.output
    }

    /// Writes a string of the caller, on one line.
    private mutating func own(_ text: String) {
        var json: [UInt8] = []
        JSONText.append(string: text, to: &json)
        var position = 0
        guard let string = try? YAMLString.scan(json.span, &position) else { return }
        write(string, json.span)
    }

    // MARK: Collections

    /// At `{` or `[`. When the collection is empty it is written and passed; else `position` is behind the bracket.
    @inline(__always)
    private mutating func isEmpty(_ bytes: Span<UInt8>, _ position: inout Int, depth: Int) throws(JSONError) -> Bool {
        guard depth < maxDepth else { throw JSONGrammar.tooDeep(position, limit: maxDepth) }
        let open = bytes[position]
        position += 1
        // The closing brackets lie two behind the opening ones in ASCII.
        guard try JSONGrammar.peek(bytes, &position, in: "a collection") == open + 2 else { return false }
        position += 1
        append(open == UInt8(ascii: "{") ? "{}\n" : "[]\n")
        return true
    }

    /// The members of an object; the cursor is at `column`. Names that occur are removed from `missing`.
    private mutating func blockMapping(
        _ bytes: Span<UInt8>, _ position: inout Int, column: Int, depth: Int, missing: inout [(String, String)]
    ) throws(JSONError) {
        while true {
            let key = try key(bytes, &position)
            if !missing.isEmpty { removeName(key, bytes, from: &missing) }
            if key.content.count > Self.maxSimpleKeyBytes {
                append("? ")
                write(key, bytes)
                append("\n")
                spaces(column)
                append(":")
            } else {
                write(key, bytes)
                append(":")
            }
            try memberValue(bytes, &position, column: column, depth: depth)
            guard isWithinBudget, try continues(bytes, &position, close: UInt8(ascii: "}")) else { return }
            spaces(column)
        }
    }

    /// The value behind `key:`.
    @inline(__always)
    private mutating func memberValue(
        _ bytes: Span<UInt8>, _ position: inout Int, column: Int, depth: Int
    ) throws(JSONError) {
        let byte = try JSONGrammar.peek(bytes, &position, in: "an object")
        guard byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") else {
            append(" ")
            try scalar(bytes, &position, literalIndent: column + 2)
            return
        }
        if depth >= blockDepth {
            append(" ")
            try flow(bytes, &position, depth: depth)
            append("\n")
            return
        }
        let mark = output.count
        append(" ")
        if try isEmpty(bytes, &position, depth: depth) { return }
        output[mark] = 0x0A
        if byte == UInt8(ascii: "{") {
            spaces(column + 2)
            var none: [(String, String)] = []
            try blockMapping(bytes, &position, column: column + 2, depth: depth + 1, missing: &none)
        } else {
            spaces(column)
            try blockSequence(bytes, &position, column: column, depth: depth + 1)
        }
    }

    /// The elements of an array; the cursor is at `column`.
    private mutating func blockSequence(
        _ bytes: Span<UInt8>, _ position: inout Int, column: Int, depth: Int
    ) throws(JSONError) {
        while true {
            append("- ")
            let byte = try JSONGrammar.peek(bytes, &position, in: "an array")
            if byte != UInt8(ascii: "{"), byte != UInt8(ascii: "[") {
                try scalar(bytes, &position, literalIndent: column + 2)
            } else if depth >= blockDepth {
                try flow(bytes, &position, depth: depth)
                append("\n")
            } else if try !isEmpty(bytes, &position, depth: depth) {
                if byte == UInt8(ascii: "{") {
                    var none: [(String, String)] = []
                    try blockMapping(bytes, &position, column: column + 2, depth: depth + 1, missing: &none)
                } else {
                    try blockSequence(bytes, &position, column: column + 2, depth: depth + 1)
                }
            }
            guard isWithinBudget, try continues(bytes, &position, close: UInt8(ascii: "]")) else { return }
            spaces(column)
        }
    }

    /// A value on one line, strings always in quotes.
    private mutating func flow(_ bytes: Span<UInt8>, _ position: inout Int, depth: Int) throws(JSONError) {
        let open = try JSONGrammar.peek(bytes, &position, in: "a value")
        guard open == UInt8(ascii: "{") || open == UInt8(ascii: "[") else {
            try scalarText(bytes, &position, style: .flow, literalIndent: nil)
            return
        }
        guard depth < maxDepth else { throw JSONGrammar.tooDeep(position, limit: maxDepth) }
        position += 1
        output.append(open)
        let close = open + 2
        if try JSONGrammar.peek(bytes, &position, in: "a collection") == close {
            position += 1
        } else {
            while true {
                if open == UInt8(ascii: "{") {
                    let key = try key(bytes, &position)
                    if key.content.count > Self.maxSimpleKeyBytes { append("? ") }
                    YAMLScalars.append(quoted: key, of: bytes, to: &output)
                    append(": ")
                }
                try flow(bytes, &position, depth: depth + 1)
                guard try continues(bytes, &position, close: close) else { break }
                append(", ")
            }
        }
        output.append(close)
    }

    /// Passes `,` (true) or the closing bracket (false).
    @inline(__always)
    private func continues(_ bytes: Span<UInt8>, _ position: inout Int, close: UInt8) throws(JSONError) -> Bool {
        let byte = try JSONGrammar.peek(bytes, &position, in: "a collection")
        guard byte == UInt8(ascii: ",") || byte == close else {
            throw JSONGrammar.unexpected(byte, position, wanted: "`,` or a closing bracket")
        }
        position += 1
        return byte != close
    }

    /// Reads a member's name and its colon.
    @inline(__always)
    private func key(_ bytes: Span<UInt8>, _ position: inout Int) throws(JSONError) -> YAMLString {
        let quote = try JSONGrammar.peek(bytes, &position, in: "an object")
        guard quote == 0x22 else { throw JSONGrammar.unexpected(quote, position, wanted: "a member's name") }
        let key = try YAMLString.scan(bytes, &position)
        let colon = try JSONGrammar.peek(bytes, &position, in: "an object")
        guard colon == UInt8(ascii: ":") else { throw JSONGrammar.unexpected(colon, position, wanted: "`:`") }
        position += 1
        return key
    }

    private func removeName(_ key: YAMLString, _ bytes: Span<UInt8>, from missing: inout [(String, String)]) {
        var name: [UInt8] = []
        JSONGrammar.appendDecoded(bytes, .init(content: key.content, hasEscapes: true), to: &name)
        missing.removeAll { $0.0.utf8.elementsEqual(name) }
    }

    // MARK: Scalars

    /// A scalar and the end of its line.
    @inline(__always)
    private mutating func scalar(
        _ bytes: Span<UInt8>, _ position: inout Int, literalIndent: Int?
    ) throws(JSONError) {
        if try scalarText(bytes, &position, style: .block, literalIndent: literalIndent) { append("\n") }
    }

    /// True when the scalar's last line is still open.
    @inline(__always)
    @discardableResult
    private mutating func scalarText(
        _ bytes: Span<UInt8>, _ position: inout Int, style: Style, literalIndent: Int?
    ) throws(JSONError) -> Bool {
        let byte = bytes[position]
        switch byte {
        case 0x22:
            let string = try YAMLString.scan(bytes, &position)
            if style == .flow {
                YAMLScalars.append(quoted: string, of: bytes, to: &output)
            } else if string.hasLineFeed, let literalIndent, let text = YAMLLiteral.text(of: string, in: bytes) {
                YAMLLiteral.append(text, indent: literalIndent, to: &output)
                return false
            } else {
                write(string, bytes)
            }
        case UInt8(ascii: "-"), 0x30...0x39:
            let number = try JSONGrammar.number(bytes, &position)
            YAMLScalars.append(number: number, of: bytes, to: &output)
        case UInt8(ascii: "t"):
            try JSONGrammar.literal("true", bytes, &position)
            append("true")
        case UInt8(ascii: "f"):
            try JSONGrammar.literal("false", bytes, &position)
            append("false")
        case UInt8(ascii: "n"):
            try JSONGrammar.literal("null", bytes, &position)
            append("null")
        default:
            throw JSONGrammar.unexpected(byte, position, wanted: "a value")
        }
        return true
    }

    /// A string on one line, in block context.
    @inline(__always)
    private mutating func write(_ string: YAMLString, _ bytes: Span<UInt8>) {
        if string.isPlain {
            bytes.append(string.content, to: &output)
        } else {
            YAMLScalars.append(quoted: string, of: bytes, to: &output)
        }
    }

    @inline(__always)
    private mutating func append(_ text: StaticString) {
        output.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    private mutating func spaces(_ count: Int) {
        for _ in 0..<count { output.append(0x20) }
    }
}
