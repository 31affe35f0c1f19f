/// Cuts text that arrives in pieces into lines, with bounded memory.
package struct LineAssembler {
    /// The longest line that is handed out; longer ones are counted and dropped.
    package let maxLineBytes: Int
    /// Lines that were too long.
    package private(set) var overlongLines = 0
    private var rest: [UInt8] = []
    private var isSkipping = false

    package init(maxLineBytes: Int = 65_536) {
        self.maxLineBytes = maxLineBytes
    }

    /// Takes the next piece and calls `line` with the bytes and the range of every line that it completes.
    package mutating func push(_ bytes: Span<UInt8>, line: (Span<UInt8>, Range<Int>) -> Void) {
        var start = 0
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x0A {
                if rest.isEmpty && !isSkipping {
                    if index - start > maxLineBytes {
                        overlongLines += 1
                    } else {
                        line(bytes, start..<index)
                    }
                } else {
                    keep(bytes, start..<index)
                    flush(line)
                }
                start = index + 1
            }
            index += 1
        }
        keep(bytes, start..<bytes.count)
    }

    /// Hands out the last line if the text did not end with a line feed; true if there was one.
    package mutating func finish(line: (Span<UInt8>, Range<Int>) -> Void) -> Bool {
        let unterminated = !rest.isEmpty || isSkipping
        if unterminated { flush(line) }
        return unterminated
    }

    private mutating func keep(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        if isSkipping || range.isEmpty { return }
        if rest.count + range.count > maxLineBytes {
            isSkipping = true
            rest.removeAll()
        } else {
            rest.append(contentsOf: copy(bytes, range))
        }
    }

    private mutating func flush(_ line: (Span<UInt8>, Range<Int>) -> Void) {
        if isSkipping {
            overlongLines += 1
            isSkipping = false
        } else {
            line(rest.span, 0..<rest.count)
        }
        rest.removeAll(keepingCapacity: true)
    }
}
