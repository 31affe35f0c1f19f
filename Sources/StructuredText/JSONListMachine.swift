/// The state of a ``JSONListSplitter`` between two bytes.
///
/// The envelope is gathered with the elements left out (`"items":[]`) and parsed strictly at the end, so its grammar
/// needs no second implementation here.
struct JSONListMachine: Sendable {
    /// What ``advance(_:_:skipsOversized:)`` stopped for.
    enum Output {
        /// ``item`` holds an element.
        case item
        case oversized(JSONListSplitter.OversizedItem)
    }

    private enum Phase {
        case beforeObject
        case envelope
        case beforeFirstElement
        case beforeElement
        case element
        case afterElement
        case afterObject
    }

    /// How deep inside brackets and strings the scan is.
    private struct Nesting {
        var depth = 0
        var inString = false
        var isEscaped = false
    }

    private static let prefixBytes = 4 << 10
    private static let minimalEnvelopeBytes = 64 << 10

    let maxItemBytes: Int
    /// Bytes seen.
    private(set) var offset = 0
    private(set) var itemCount = 0
    /// The element that was completed last, until the next step.
    private(set) var item: [UInt8] = []

    private var phase = Phase.beforeObject
    private var nesting = Nesting()
    private var itemLength = 0
    private var envelope: [UInt8] = []
    /// Where in `envelope` the key being read starts, while one is.
    private var keyStart: Int?
    private var expectsKey = true
    private var isItemsKey = false
    private var isItemsValue = false

    init(maxItemBytes: Int) {
        self.maxItemBytes = maxItemBytes
    }

    /// Reads from `position` on, to the end of the chunk (then nil) or of an element.
    mutating func advance(
        _ chunk: Span<UInt8>, _ position: inout Int, skipsOversized: Bool
    ) throws(JSONError) -> Output? {
        let start = position
        let base = offset
        defer { offset = base + (position - start) }
        while position < chunk.count {
            // Errors name the place in the whole body.
            offset = base + (position - start)
            switch phase {
            case .element:
                if let output = try scanElement(chunk, &position, skipsOversized) { return output }
            case .envelope:
                try scanEnvelope(chunk[position])
                position += 1
            default:
                let byte = chunk[position]
                let isWhitespace = byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
                // The first byte of an element is left for `scanElement`.
                if isWhitespace { position += 1 } else if try !startsElement(byte) { position += 1 }
            }
        }
        return nil
    }

    func finish() throws(JSONError) -> JSONValue {
        guard phase == .afterObject else {
            let place = itemCount == 0 ? "" : ", after \(itemCount) complete elements"
            throw JSONError(code: .truncated, offset: offset, message: "the list ends early\(place)")
        }
        let parsed = try JSONValue(parsing: envelope)
        guard case .object(var members) = parsed else { return parsed }
        members.removeAll { $0.key == "items" && ($0.value.isNull || $0.value.array != nil) }
        return .object(members)
    }

    /// A byte between elements or outside the object. True when an element starts at it.
    private mutating func startsElement(_ byte: UInt8) throws(JSONError) -> Bool {
        switch (phase, byte) {
        case (.beforeObject, UInt8(ascii: "{")):
            envelope.append(byte)
            nesting.depth = 1
            phase = .envelope
        case (.beforeFirstElement, UInt8(ascii: "]")), (.afterElement, UInt8(ascii: "]")):
            envelope.append(byte)
            nesting = Nesting(depth: 1)
            phase = .envelope
        case (.afterElement, UInt8(ascii: ",")):
            phase = .beforeElement
        case (.beforeFirstElement, _), (.beforeElement, _):
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""), UInt8(ascii: "-"), 0x30...0x39,
                UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
                nesting = Nesting()
                item.removeAll(keepingCapacity: true)
                itemLength = 0
                phase = .element
                return true
            default:
                throw JSONGrammar.unexpected(byte, offset, wanted: "an element of the list")
            }
        case (.afterElement, _):
            throw JSONGrammar.unexpected(byte, offset, wanted: "`,` or `]`")
        case (.afterObject, _):
            throw JSONError(code: .trailingData, offset: offset, message: "something follows the list")
        default:
            throw JSONGrammar.unexpected(byte, offset, wanted: "the `{` of a list")
        }
        return false
    }

    /// Takes what the chunk has of the current element.
    private mutating func scanElement(
        _ chunk: Span<UInt8>, _ position: inout Int, _ skipsOversized: Bool
    ) throws(JSONError) -> Output? {
        let start = position
        let isComplete = Self.findEnd(chunk, &position, &nesting)
        itemLength += position - start
        if itemLength <= maxItemBytes {
            chunk.append(start..<position, to: &item)
        } else {
            guard skipsOversized else {
                throw JSONError(
                    code: .itemTooLarge, offset: offset,
                    message: "element \(itemCount) of the list is longer than the limit of \(maxItemBytes) bytes",
                    item: itemCount)
            }
            keepPrefix(chunk, start..<position)
        }
        guard isComplete else { return nil }
        phase = .afterElement
        itemCount += 1
        if itemLength <= maxItemBytes { return .item }
        return .oversized(.init(index: itemCount - 1, byteCount: itemLength, prefix: item))
    }

    /// Of an oversized element only the beginning stays in memory.
    private mutating func keepPrefix(_ chunk: Span<UInt8>, _ range: Range<Int>) {
        let limit = min(Self.prefixBytes, maxItemBytes)
        if item.count > limit {
            // A new array, so that the memory of a nearly complete element is given back.
            item = Array(item[..<limit])
        } else {
            let wanted = min(limit - item.count, range.count)
            chunk.append(range.lowerBound..<range.lowerBound + wanted, to: &item)
        }
    }

    /// Moves `position` behind the element, or to the end of the chunk and gives false.
    private static func findEnd(_ chunk: Span<UInt8>, _ position: inout Int, _ nesting: inout Nesting) -> Bool {
        var index = position
        var depth = nesting.depth
        var inString = nesting.inString
        var isEscaped = nesting.isEscaped
        defer {
            position = index
            nesting = Nesting(depth: depth, inString: inString, isEscaped: isEscaped)
        }
        while index < chunk.count {
            let byte = chunk[index]
            if inString {
                index += 1
                if isEscaped {
                    isEscaped = false
                } else if byte == 0x5C {
                    isEscaped = true
                } else if byte == 0x22 {
                    inString = false
                    if depth == 0 { return true }
                }
                continue
            }
            switch byte {
            case 0x22:
                inString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                // At depth 0 the bracket ends the list, and with it a bare number or literal.
                if depth == 0 { return true }
                depth -= 1
                if depth == 0 {
                    index += 1
                    return true
                }
            case UInt8(ascii: ","), 0x20, 0x09, 0x0A, 0x0D:
                if depth == 0 { return true }
            default:
                break
            }
            index += 1
        }
        return false
    }

    /// One byte of the object around the list.
    private mutating func scanEnvelope(_ byte: UInt8) throws(JSONError) {
        guard envelope.count < max(maxItemBytes, Self.minimalEnvelopeBytes) else {
            throw JSONError(
                code: .tooLarge, offset: offset, message: "what surrounds the list's elements is too long")
        }
        envelope.append(byte)
        if nesting.inString {
            scanEnvelopeString(byte)
            return
        }
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D:
            return
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            if byte == UInt8(ascii: "["), isItemsValue { phase = .beforeFirstElement } else { nesting.depth += 1 }
        case UInt8(ascii: "]"), UInt8(ascii: "}"):
            nesting.depth -= 1
            if nesting.depth == 0 { phase = .afterObject }
        case UInt8(ascii: "\""):
            nesting.inString = true
            if nesting.depth == 1, expectsKey { keyStart = envelope.count - 1 }
        case UInt8(ascii: ",") where nesting.depth == 1:
            expectsKey = true
            isItemsKey = false
        case UInt8(ascii: ":") where nesting.depth == 1:
            expectsKey = false
            isItemsValue = isItemsKey
            return
        default:
            break
        }
        isItemsValue = false
    }

    private mutating func scanEnvelopeString(_ byte: UInt8) {
        if nesting.isEscaped {
            nesting.isEscaped = false
        } else if byte == 0x5C {
            nesting.isEscaped = true
        } else if byte == 0x22 {
            nesting.inString = false
            guard let start = keyStart else { return }
            keyStart = nil
            isItemsKey = (try? JSONValue(parsing: envelope[start...]))?.string == "items"
        }
    }
}
