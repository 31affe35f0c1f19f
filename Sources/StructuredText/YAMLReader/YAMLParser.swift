/// Turns lines of YAML into JSON text as they are read. Block structure is here; what stands in a line is in the
/// extensions.
///
/// `position` and `output` move on together: what is behind `position` is not looked at again. The text has been through
/// ``YAMLText/check(_:)``.
struct YAMLParser {
    /// A block collection that is open.
    struct Level {
        let column: Int
        let isMapping: Bool
        /// Where its keys begin in ``YAMLKeys``.
        let keys: Int
    }

    /// What the next line may begin with.
    private enum Awaited {
        /// The document's only value.
        case root
        /// The value of the key, or the element, that stood last in its line.
        case value, element
        /// Another key or element of an open collection.
        case sibling
    }

    var output: [UInt8]
    var position = 0
    var keys: YAMLKeys
    let maxDepth: Int
    private(set) var levels: [Level]
    private var awaited = Awaited.root

    init(output: consuming [UInt8], levels: consuming [Level], keys: consuming YAMLKeys, maxDepth: Int) {
        self.output = output
        self.levels = levels
        self.keys = keys
        self.maxDepth = maxDepth
        self.levels.removeAll(keepingCapacity: true)
        self.keys.removeAll()
    }

    /// Column of the block collection around `position`; -1 outside of any.
    var parentColumn: Int {
        levels.last?.column ?? -1
    }

    /// Reads a whole text.
    mutating func document(_ bytes: Span<UInt8>) throws(YAMLError) {
        if bytes.count >= 3, bytes[0] == 0xEF { position = 3 }
        var hasStarted = false
        while let column = try nextLine(bytes) {
            if column == 0, isMarker(bytes, at: position) {
                if bytes[position] == UInt8(ascii: ".") {
                    if case .root = awaited, !hasStarted { throw misplaced(bytes, "`...` before a document") }
                    try endOfDocument(bytes)
                    break
                }
                guard !hasStarted, case .root = awaited else { throw severalDocuments(bytes) }
                hasStarted = true
                position += 3
                // What stands behind `---` may not be a block collection.
                if try !isEndOfLine(bytes) {
                    try inlineValue(bytes)
                    awaited = .sibling
                }
            } else if column == 0, !hasStarted, bytes[position] == UInt8(ascii: "%"), case .root = awaited {
                throw YAMLError(.unsupported, bytes, at: position, "a directive")
            } else {
                try line(bytes, column)
            }
        }
        if case .sibling = awaited {} else { append("null") }
        while !levels.isEmpty { close() }
    }

    // MARK: Lines

    /// Passes over blank lines and comments; `position` must be at the start of a line, and is left at the first character
    /// of the next one that holds something. The column of that; nil at the end.
    @inline(__always)
    private mutating func nextLine(_ bytes: Span<UInt8>) throws(YAMLError) -> Int? {
        while true {
            let start = position
            while position < bytes.count, bytes[position] == 0x20 { position += 1 }
            guard position < bytes.count else { return nil }
            switch bytes[position] {
            case 0x0A: position += 1
            case UInt8(ascii: "#"): skipLine(bytes)
            case 0x09: throw YAMLError(.syntax, bytes, at: position, "a tab in the indentation")
            default: return position - start
            }
        }
    }

    /// Passes over blanks; when that is all of the line, or a comment is, over the line, too: then true.
    @inline(__always)
    mutating func isEndOfLine(_ bytes: Span<UInt8>) throws(YAMLError) -> Bool {
        let start = position
        skipBlanks(bytes)
        guard position < bytes.count else { return true }
        if bytes[position] == 0x0A {
            position += 1
            return true
        }
        guard bytes[position] == UInt8(ascii: "#"), position > start else { return false }
        skipLine(bytes)
        return true
    }

    @inline(__always)
    mutating func skipBlanks(_ bytes: Span<UInt8>) {
        while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x09 { position += 1 }
    }

    mutating func skipLine(_ bytes: Span<UInt8>) {
        while position < bytes.count, bytes[position] != 0x0A { position += 1 }
        if position < bytes.count { position += 1 }
    }

    /// Whether a space, a tab or the end of the line is at `index`.
    @inline(__always)
    func isBlank(_ bytes: Span<UInt8>, at index: Int) -> Bool {
        guard index < bytes.count else { return true }
        return bytes[index] == 0x20 || bytes[index] == 0x0A || bytes[index] == 0x09
    }

    /// Whether the line that begins at `index` is `---` or `...`.
    func isMarker(_ bytes: Span<UInt8>, at index: Int) -> Bool {
        guard index + 3 <= bytes.count else { return false }
        let byte = bytes[index]
        guard byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") else { return false }
        return bytes[index + 1] == byte && bytes[index + 2] == byte && isBlank(bytes, at: index + 3)
    }

    /// At `...`, behind which nothing may stand.
    private mutating func endOfDocument(_ bytes: Span<UInt8>) throws(YAMLError) {
        position += 3
        guard try isEndOfLine(bytes) else { throw misplaced(bytes, "something behind `...`") }
        guard try nextLine(bytes) == nil else { throw severalDocuments(bytes) }
    }

    // MARK: Block collections

    /// A line with something in `column`, at which `position` is.
    @inline(__always)
    private mutating func line(_ bytes: Span<UInt8>, _ column: Int) throws(YAMLError) {
        let isEntry = isEntry(bytes)
        switch awaited {
        case .root:
            return try node(bytes, column)
        case .value:
            if column > parentColumn || column == parentColumn && isEntry { return try node(bytes, column) }
            append("null")
        case .element:
            if column > parentColumn { return try node(bytes, column) }
            append("null")
        case .sibling:
            guard !levels.isEmpty else { throw misplaced(bytes, "something behind the document's value") }
        }
        awaited = .sibling
        while let level = levels.last, level.column > column { close() }
        // A sequence may stand in the column of the key whose value it is.
        if levels.count > 1, let level = levels.last, !level.isMapping, !isEntry, level.column == column,
            levels[levels.count - 2].column == column
        {
            close()
        }
        guard let level = levels.last, level.column == column else {
            throw misplaced(bytes, "the indentation is that of nothing above")
        }
        guard level.isMapping != isEntry else {
            throw misplaced(bytes, isEntry ? "an element where a key should stand" : "a key where `- ` should stand")
        }
        output.append(UInt8(ascii: ","))
        if isEntry { try entry(bytes, column) } else { try key(bytes, column) }
    }

    @inline(__always)
    private func isEntry(_ bytes: Span<UInt8>) -> Bool {
        bytes[position] == UInt8(ascii: "-") && isBlank(bytes, at: position + 1)
    }

    /// A value at `position`, of which nothing precedes in the line but `- `, `: ` of an explicit key, or spaces.
    private mutating func node(_ bytes: Span<UInt8>, _ column: Int) throws(YAMLError) {
        if isEntry(bytes) {
            try open(bytes, column, isMapping: false)
            return try entry(bytes, column)
        }
        awaited = .sibling
        let start = output.count
        if bytes[position] == UInt8(ascii: "?"), isBlank(bytes, at: position + 1) {
            try open(bytes, column, isMapping: true)
            return try explicitKey(bytes, column)
        }
        guard try scalar(bytes, .keyOrValue) else { return }
        // It was the first key of a mapping.
        output.insert(UInt8(ascii: "{"), at: start)
        try pushLevel(bytes, column, isMapping: true)
        try keyEnds(bytes, start + 1)
    }

    /// The element whose `-` is at `position`; in the same line a collection may begin, in which another may, …
    private mutating func entry(_ bytes: Span<UInt8>, _ firstColumn: Int) throws(YAMLError) {
        var column = firstColumn
        while true {
            let dash = position
            try passIndicator(bytes)
            if try isEndOfLine(bytes) {
                awaited = .element
                return
            }
            column += position - dash
            guard isEntry(bytes) else { return try node(bytes, column) }
            try open(bytes, column, isMapping: false)
        }
    }

    /// Passes over a `-`, `?` or `:` behind which a collection may begin, whose column a tab would leave open.
    @inline(__always)
    private mutating func passIndicator(_ bytes: Span<UInt8>) throws(YAMLError) {
        position += 1
        var index = position
        while index < bytes.count, bytes[index] == 0x20 { index += 1 }
        guard index == bytes.count || bytes[index] != 0x09 else {
            throw YAMLError(.syntax, bytes, at: index, "a tab in the indentation")
        }
    }

    /// The key at `position`, and what stands behind it.
    @inline(__always)
    private mutating func key(_ bytes: Span<UInt8>, _ column: Int) throws(YAMLError) {
        if bytes[position] == UInt8(ascii: "?"), isBlank(bytes, at: position + 1) {
            return try explicitKey(bytes, column)
        }
        let start = output.count
        guard try scalar(bytes, .key) else { throw misplaced(bytes, "a key without `: `") }
        try keyEnds(bytes, start)
    }

    /// Behind the key whose JSON begins at `start`, at its colon.
    @inline(__always)
    private mutating func keyEnds(_ bytes: Span<UInt8>, _ start: Int) throws(YAMLError) {
        try insertKey(bytes, start, from: levels.last?.keys ?? 0)
        position += 1
        if try isEndOfLine(bytes) {
            awaited = .value
            return
        }
        try inlineValue(bytes)
        awaited = .sibling
    }

    /// Adds the key whose JSON begins at `start` to those of its mapping.
    @inline(__always)
    mutating func insertKey(_ bytes: Span<UInt8>, _ start: Int, from mark: Int) throws(YAMLError) {
        guard keys.insert(start..<output.count, of: output, from: mark) else {
            throw YAMLError(.duplicateKey, bytes, at: position - 1, "a key that its mapping has already")
        }
        output.append(UInt8(ascii: ":"))
    }

    /// `? key`, and in the next line `:` and the value.
    private mutating func explicitKey(_ bytes: Span<UInt8>, _ column: Int) throws(YAMLError) {
        try passIndicator(bytes)
        guard try !isEndOfLine(bytes) else { throw unsupported(bytes, "an explicit key that is not in its line") }
        guard !isEntry(bytes), bytes[position] != UInt8(ascii: "["), bytes[position] != UInt8(ascii: "{") else {
            throw unsupported(bytes, "a key that is a collection")
        }
        let start = output.count
        _ = try scalar(bytes, .explicitKey)
        guard try nextLine(bytes) == column, bytes[position] == UInt8(ascii: ":"), isBlank(bytes, at: position + 1)
        else { throw unsupported(bytes, "an explicit key without a value") }
        let colon = position
        try passIndicator(bytes)
        try insertKey(bytes, start, from: levels.last?.keys ?? 0)
        if try isEndOfLine(bytes) {
            awaited = .value
            return
        }
        try node(bytes, column + position - colon)
    }

    private mutating func open(_ bytes: Span<UInt8>, _ column: Int, isMapping: Bool) throws(YAMLError) {
        output.append(UInt8(ascii: isMapping ? "{" : "["))
        try pushLevel(bytes, column, isMapping: isMapping)
    }

    private mutating func pushLevel(_ bytes: Span<UInt8>, _ column: Int, isMapping: Bool) throws(YAMLError) {
        try checkDepth(bytes, levels.count)
        levels.append(Level(column: column, isMapping: isMapping, keys: keys.mark))
    }

    private mutating func close() {
        let level = levels.removeLast()
        keys.close(from: level.keys)
        output.append(UInt8(ascii: level.isMapping ? "}" : "]"))
    }

    // MARK: Output and errors

    @inline(__always)
    mutating func append(_ text: StaticString) {
        output.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    func checkDepth(_ bytes: Span<UInt8>, _ depth: Int) throws(YAMLError) {
        guard depth < maxDepth else {
            throw YAMLError(.tooDeep, bytes, at: position, "nested deeper than the limit of \(maxDepth) levels")
        }
    }

    /// What stands at `position` may not stand there.
    func misplaced(_ bytes: Span<UInt8>, _ message: String) -> YAMLError {
        YAMLError(.syntax, bytes, at: position, message)
    }

    func unsupported(_ bytes: Span<UInt8>, _ message: String) -> YAMLError {
        YAMLError(.unsupported, bytes, at: position, message)
    }

    private func severalDocuments(_ bytes: Span<UInt8>) -> YAMLError {
        unsupported(bytes, "a second document")
    }
}
