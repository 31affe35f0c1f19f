/// A frame of the conversation between the operator's side and a node agent, over the input and output of one command: one side asks
/// for a job, the other one answers with entries and how it ended, and so on.
///
/// On the wire: the length of what follows (32 bits, most significant first), a byte for the kind, the content. Numbers in contents
/// are written the same way. The other side is not believed: a node may be in other hands.
package struct AgentFrame: Sendable, Hashable {
    package enum Kind: UInt8, Sendable {
        // To the agent; content is JSON.
        case run = 1
        /// The operator's side is there: without it for long, the agent ends.
        case alive = 2
        // From the agent.
        /// Who and where it is, before all else; JSON.
        case hello = 16
        /// An entry begins: its number, and JSON.
        case open = 17
        /// Bytes of an entry: its number, the bytes.
        case data = 18
        /// An entry is whole: its number, its length (64 bits), its SHA-256.
        case close = 19
        /// An entry is not to be kept: its number.
        case drop = 20
        /// What was asked for is over; JSON.
        case done = 21
        /// As ``data``, with the bytes in one zstd frame; length and digest of the entry are those of the bytes.
        case packed = 22
    }

    /// Bytes of a frame behind its length.
    package static let maxBytes = 4 << 20

    package var kind: Kind
    package var content: [UInt8]

    package init(_ kind: Kind, _ content: [UInt8] = []) {
        self.kind = kind
        self.content = content
    }

    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(content.count + 5)
        WireNumber.append(UInt32(content.count + 1), to: &bytes)
        bytes.append(kind.rawValue)
        bytes.append(contentsOf: content)
        return bytes
    }
}

/// Numbers as frames have them.
enum WireNumber {
    static func append(_ value: some FixedWidthInteger & UnsignedInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// Takes a number from the front; nil when there is less.
    static func take<Value: FixedWidthInteger & UnsignedInteger>(_: Value.Type, from bytes: inout ArraySlice<UInt8>)
        -> Value?
    {
        let count = MemoryLayout<Value>.size
        guard bytes.count >= count else { return nil }
        let value = bytes.prefix(count).reduce(Value(0)) { $0 << 8 | Value($1) }
        bytes = bytes.dropFirst(count)
        return value
    }
}

/// What a conversation cannot be, as the end of a sentence that begins with "the node agent".
package struct AgentProtocolError: Error, Hashable, Sendable {
    package let reason: String
}

/// Cuts what arrives into frames.
package struct AgentFrameReader {
    private var buffer: [UInt8] = []
    private var start = 0

    package init() {}

    package mutating func push(_ bytes: ArraySlice<UInt8>) {
        if start > 0, start == buffer.count || start > 1 << 20 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// Whether bytes wait that are no whole frame.
    package var isInFrame: Bool { start < buffer.count }

    /// The next whole frame; nil when more bytes are needed.
    package mutating func next() throws(AgentProtocolError) -> AgentFrame? {
        var rest = buffer[start...]
        guard let length = WireNumber.take(UInt32.self, from: &rest) else { return nil }
        guard length >= 1, length <= AgentFrame.maxBytes else {
            throw AgentProtocolError(reason: "sent a frame of \(length) bytes")
        }
        guard rest.count >= Int(length) else { return nil }
        guard let kind = AgentFrame.Kind(rawValue: rest[rest.startIndex]) else {
            throw AgentProtocolError(reason: "sent a frame of the unknown kind \(rest[rest.startIndex])")
        }
        let content = Array(rest.dropFirst().prefix(Int(length) - 1))
        start += 4 + Int(length)
        return AgentFrame(kind, content)
    }
}
