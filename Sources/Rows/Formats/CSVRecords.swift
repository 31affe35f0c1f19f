/// Cuts a stream into records of fields. Source: RFC 4180; where a text breaks its rules, it is read as Python's `csv` reads it:
/// quotes inside of a field without quotes are themselves, what follows a closing quote belongs to the field, and a CR alone ends a
/// record. Memory is bounded by a record.
struct CSVRecords {
    private enum State {
        case start, plain, quoted, quoteInQuoted
    }

    let separator: UInt8
    let maxBytes: Int
    let maxFields: Int

    /// The text of all fields of the record, one behind the other.
    private(set) var text: [UInt8] = []
    /// Where each field ends in `text`, and whether it began with a quote: an empty one without is null.
    private(set) var fields: [(end: Int, isQuoted: Bool)] = []
    /// Where the record begins, from 1.
    private(set) var line = 1
    /// Why the record cannot be read; nil when it can.
    private(set) var objection: String?

    private var state = State.start
    private var isQuoted = false
    private var nextLine = 1
    private var isAfterReturn = false
    /// Whether the record has anything: an empty line is none.
    private var isOpen = false

    init(separator: UInt8, maxBytes: Int, maxFields: Int) {
        self.separator = separator
        self.maxBytes = maxBytes
        self.maxFields = maxFields
    }

    /// Reads on from `position`; true when a record is complete, which ``begin()`` then makes room for.
    mutating func advance(_ chunk: Span<UInt8>, _ position: inout Int) -> Bool {
        while position < chunk.count {
            let byte = chunk[position]
            if isAfterReturn {
                isAfterReturn = false
                if byte == 0x0A {
                    position += 1
                    continue
                }
            }
            switch state {
            case .quoted:
                let start = position
                while position < chunk.count, chunk[position] != 0x22 {
                    if chunk[position] == 0x0A { nextLine += 1 }
                    position += 1
                }
                keep(chunk.extracting(start..<position))
                if position < chunk.count {
                    position += 1
                    state = .quoteInQuoted
                }
            case .quoteInQuoted where byte == 0x22:
                keep(chunk.extracting(position..<position + 1))
                position += 1
                state = .quoted
            case .start where byte == 0x22:
                (isQuoted, isOpen) = (true, true)
                position += 1
                state = .quoted
            default:
                let start = position
                while position < chunk.count, !isEnd(chunk[position]) { position += 1 }
                if position > start {
                    keep(chunk.extracting(start..<position))
                    isOpen = true
                    state = .plain
                }
                guard position < chunk.count else { return false }
                let end = chunk[position]
                position += 1
                if end == separator {
                    isOpen = true
                    endField()
                } else {
                    isAfterReturn = end == 0x0D
                    nextLine += 1
                    endField()
                    return true
                }
            }
        }
        return false
    }

    /// At the end of the stream: whether there is a last record, which no line end ends.
    mutating func finish() -> Bool {
        guard isOpen else { return false }
        if state == .quoted { objection = objection ?? "the file ends inside of quotes" }
        endField()
        return true
    }

    /// Whether the record is an empty line.
    var isEmpty: Bool { !isOpen }

    /// Makes room for the next record.
    mutating func begin() {
        text.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        objection = nil
        isOpen = false
        line = nextLine
    }

    private func isEnd(_ byte: UInt8) -> Bool { byte == separator || byte == 0x0A || byte == 0x0D }

    private mutating func keep(_ bytes: Span<UInt8>) {
        if text.count + bytes.count > maxBytes {
            objection = objection ?? "it is longer than \(maxBytes) bytes"
        } else if objection == nil {
            bytes.append(to: &text)
        }
    }

    private mutating func endField() {
        if fields.count >= maxFields {
            objection = objection ?? "it has more than \(maxFields) fields"
        } else {
            fields.append((text.count, isQuoted))
        }
        isQuoted = false
        state = .start
    }
}
