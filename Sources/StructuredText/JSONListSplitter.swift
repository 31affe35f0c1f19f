/// Push parser over the body of a list (a Kubernetes `PodList`, say): hands out each element of the top-level `items`
/// array as raw bytes while the body streams, whatever the chunk boundaries.
///
/// Memory is bounded by one element plus the envelope, each at most `maxItemBytes`. Elements are delimited, not
/// validated: whoever parses one learns whether it is well-formed. `items` that is null, absent or not an array has
/// no elements; when it stands twice, the elements of both are handed out.
///
/// After an error (its own or one from a closure) a splitter is spent.
public struct JSONListSplitter: Sendable {
    /// An element longer than the splitter may hold, of which only the beginning is known.
    public struct OversizedItem: Hashable, Sendable {
        /// Its number in the list, counted from 0 over all elements.
        public let index: Int
        /// Its length in bytes.
        public let byteCount: Int
        /// Its first bytes (4 KiB, or `maxItemBytes` if that is less): enough to find `metadata.name` in what an API
        /// server sends.
        public let prefix: [UInt8]
    }

    private var machine: JSONListMachine
    private var isSpent = false

    /// - Parameter maxItemBytes: the longest element that is handed out, and the longest envelope.
    public init(maxItemBytes: Int) {
        machine = JSONListMachine(maxItemBytes: maxItemBytes)
    }

    /// Elements seen to their end so far, oversized ones included.
    public var itemCount: Int { machine.itemCount }

    /// Bytes pushed so far.
    public var byteCount: Int { machine.offset }

    /// Takes the next bytes of the body and calls `item` for each element that they complete. The slice is only lent:
    /// copy what must outlive the call. An element over the limit throws ``JSONError/Code/itemTooLarge``.
    public mutating func push(
        _ bytes: some Collection<UInt8>, item: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        let chunk = Array(bytes)
        var position = 0
        try begin()
        while try machine.advance(chunk.span, &position, skipsOversized: false) != nil {
            try item(machine.item[...])
        }
        isSpent = false
    }

    /// As ``push(_:item:)``, but an element over the limit is skipped and reported to `oversized`, and the list goes
    /// on.
    public mutating func push(
        _ bytes: some Collection<UInt8>, item: (ArraySlice<UInt8>) throws -> Void,
        oversized: (OversizedItem) throws -> Void
    ) throws {
        let chunk = Array(bytes)
        var position = 0
        try begin()
        while let output = try machine.advance(chunk.span, &position, skipsOversized: true) {
            switch output {
            case .item: try item(machine.item[...])
            case .oversized(let report): try oversized(report)
            }
        }
        isSpent = false
    }

    /// As ``push(_:item:)``, with a closure that may suspend.
    public mutating func push(
        _ bytes: some Collection<UInt8>, item: (ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        let chunk = Array(bytes)
        var position = 0
        try begin()
        while try machine.advance(chunk.span, &position, skipsOversized: false) != nil {
            try await item(machine.item[...])
        }
        isSpent = false
    }

    /// As ``push(_:item:oversized:)``, with closures that may suspend.
    public mutating func push(
        _ bytes: some Collection<UInt8>, item: (ArraySlice<UInt8>) async throws -> Void,
        oversized: (OversizedItem) async throws -> Void
    ) async throws {
        let chunk = Array(bytes)
        var position = 0
        try begin()
        while let output = try machine.advance(chunk.span, &position, skipsOversized: true) {
            switch output {
            case .item: try await item(machine.item[...])
            case .oversized(let report): try await oversized(report)
            }
        }
        isSpent = false
    }

    /// Ends the body and gives the envelope (`kind`, `apiVersion`, `metadata` …) without `items`. Throws
    /// ``JSONError/Code/truncated`` when the body ends early; what was complete until then has been handed out.
    public mutating func finish() throws -> JSONValue {
        try begin()
        return try machine.finish()
    }

    /// A splitter is spent until the step under way has ended well.
    private mutating func begin() throws(JSONError) {
        guard !isSpent else {
            throw JSONError(
                code: .syntax, offset: machine.offset,
                message: "the list had already failed or ended before these bytes")
        }
        isSpent = true
    }
}
