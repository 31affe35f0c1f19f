/// Cuts the items out of a YAML List as kubectl, `oc adm inspect` and Exhibit write it (`items:`, then each item with
/// `- ` in the first column), while it streams. Nothing of it is parsed; memory is bounded by two items.
public struct YAMLItemSplitter: Sendable {
    private enum Place: Sendable {
        case beforeItems, items, behindItems
    }

    /// Items that were longer than the limit, and were left out.
    public private(set) var oversized = 0

    private let maxItemBytes: Int
    private var place = Place.beforeItems
    private var line: [UInt8] = []
    private var isLineCut = false
    /// The item so far, as a document of its own; nil outside of items.
    private var item: [UInt8]?
    private var isItemCut = false

    public init(maxItemBytes: Int) {
        self.maxItemBytes = max(16, maxItemBytes)
    }

    /// Hands out each item that is complete: a YAML document, indented by two spaces.
    public mutating func push(_ bytes: ArraySlice<UInt8>, _ body: ([UInt8]) throws -> Void) rethrows {
        var rest = bytes
        while let end = rest.firstIndex(of: 0x0A) {
            take(rest[rest.startIndex..<end])
            try endLine(body)
            rest = rest[(end + 1)...]
        }
        take(rest)
    }

    /// Hands out the last item. Call at the end of the content.
    public mutating func finish(_ body: ([UInt8]) throws -> Void) rethrows {
        if !line.isEmpty { try endLine(body) }
        try endItem(body)
    }

    private mutating func take(_ piece: ArraySlice<UInt8>) {
        let room = maxItemBytes - line.count
        if piece.count > room { isLineCut = true }
        line += piece.prefix(room)
    }

    private mutating func endLine(_ body: ([UInt8]) throws -> Void) rethrows {
        defer {
            line.removeAll(keepingCapacity: true)
            isLineCut = false
        }
        if line.last == 0x0D { line.removeLast() }
        switch place {
        case .beforeItems:
            if line.elementsEqual("items:".utf8) { place = .items }
        case .behindItems:
            break
        case .items:
            switch line.first {
            case UInt8(ascii: "-") where line.count == 1 || line[1] == 0x20:
                try endItem(body)
                item = [0x20, 0x20]
                append(line.dropFirst(2))
            case nil, 0x20, 0x09:
                append(line[...])
            case UInt8(ascii: "#"):
                break
            default:
                try endItem(body)
                place = .behindItems
            }
        }
    }

    private mutating func append(_ text: ArraySlice<UInt8>) {
        guard let count = item?.count else { return }
        if isLineCut || isItemCut || count + text.count >= maxItemBytes {
            isItemCut = true
            item = []
        } else {
            item?.append(contentsOf: text)
            item?.append(0x0A)
        }
    }

    private mutating func endItem(_ body: ([UInt8]) throws -> Void) rethrows {
        defer {
            item = nil
            isItemCut = false
        }
        guard let item else { return }
        if isItemCut { oversized += 1 } else { try body(item) }
    }
}
