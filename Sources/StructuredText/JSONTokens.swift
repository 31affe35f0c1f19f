/// Walks through JSON text (RFC 8259) without building anything: for readers that want a few values of a large text.
///
/// Each function starts at `position` and leaves it behind what it read. Nothing is allocated, and nesting is bounded.
public enum JSONTokens {
    public enum Kind: Sendable, Hashable {
        case null, bool, number, object, array
        /// Whether it has escapes, and its text must be decoded.
        case string(hasEscapes: Bool)
    }

    /// A value's kind, and where it stands; of a string, what is between its quotes.
    public struct Token: Sendable, Hashable {
        public let kind: Kind
        public let range: Range<Int>

        public init(kind: Kind, range: Range<Int>) {
            self.kind = kind
            self.range = range
        }
    }

    /// Passes over a value, checking its grammar.
    @discardableResult
    public static func skipValue(
        _ bytes: Span<UInt8>, _ position: inout Int, depth: Int = JSONLimits.default.depth
    ) throws(JSONError) -> Token {
        let byte = try JSONGrammar.peek(bytes, &position, in: "a value")
        let start = position
        switch byte {
        case UInt8(ascii: "\""):
            let token = try JSONGrammar.string(bytes, &position)
            return Token(kind: .string(hasEscapes: token.hasEscapes), range: token.content)
        case UInt8(ascii: "{"):
            try members(bytes, &position, depth: depth) { (_, position) throws(JSONError) in
                try skipValue(bytes, &position, depth: depth - 1)
            }
            return Token(kind: .object, range: start..<position)
        case UInt8(ascii: "["):
            try elements(bytes, &position, depth: depth) { (_, position) throws(JSONError) in
                try skipValue(bytes, &position, depth: depth - 1)
            }
            return Token(kind: .array, range: start..<position)
        case UInt8(ascii: "-"), 0x30...0x39:
            return Token(kind: .number, range: try JSONGrammar.number(bytes, &position))
        case UInt8(ascii: "t"), UInt8(ascii: "f"):
            try JSONGrammar.literal(byte == UInt8(ascii: "t") ? "true" : "false", bytes, &position)
            return Token(kind: .bool, range: start..<position)
        case UInt8(ascii: "n"):
            try JSONGrammar.literal("null", bytes, &position)
            return Token(kind: .null, range: start..<position)
        default:
            throw JSONGrammar.unexpected(byte, position, wanted: "a value")
        }
    }

    /// Hands out the name of each member of the object that begins here. `body` must pass over the value.
    public static func members(
        _ bytes: Span<UInt8>, _ position: inout Int, depth: Int = JSONLimits.default.depth,
        _ body: (_ name: Token, _ position: inout Int) throws(JSONError) -> Void
    ) throws(JSONError) {
        try open(bytes, &position, UInt8(ascii: "{"), wanted: "an object", depth)
        guard try JSONGrammar.peek(bytes, &position, in: "an object") != UInt8(ascii: "}") else {
            position += 1
            return
        }
        while true {
            let quote = try JSONGrammar.peek(bytes, &position, in: "an object")
            guard quote == UInt8(ascii: "\"") else {
                throw JSONGrammar.unexpected(quote, position, wanted: "a member's name")
            }
            let name = try JSONGrammar.string(bytes, &position)
            let colon = try JSONGrammar.peek(bytes, &position, in: "an object")
            guard colon == UInt8(ascii: ":") else { throw JSONGrammar.unexpected(colon, position, wanted: "`:`") }
            position += 1
            _ = try JSONGrammar.peek(bytes, &position, in: "a value")
            try body(Token(kind: .string(hasEscapes: name.hasEscapes), range: name.content), &position)
            if try ends(bytes, &position, UInt8(ascii: "}"), wanted: "`,` or `}`") { return }
        }
    }

    /// Hands out the number of each element of the array that begins here, from 0. `body` must pass over the element.
    public static func elements(
        _ bytes: Span<UInt8>, _ position: inout Int, depth: Int = JSONLimits.default.depth,
        _ body: (_ index: Int, _ position: inout Int) throws(JSONError) -> Void
    ) throws(JSONError) {
        try open(bytes, &position, UInt8(ascii: "["), wanted: "an array", depth)
        guard try JSONGrammar.peek(bytes, &position, in: "an array") != UInt8(ascii: "]") else {
            position += 1
            return
        }
        var index = 0
        while true {
            _ = try JSONGrammar.peek(bytes, &position, in: "a value")
            try body(index, &position)
            index += 1
            if try ends(bytes, &position, UInt8(ascii: "]"), wanted: "`,` or `]`") { return }
        }
    }

    /// The next byte that is no white space, without passing over it; nil at the end.
    public static func next(_ bytes: Span<UInt8>, _ position: inout Int) -> UInt8? {
        JSONGrammar.skipWhitespace(bytes, &position)
        return position < bytes.count ? bytes[position] : nil
    }

    /// The text of a string or a name.
    public static func text(_ bytes: Span<UInt8>, _ token: Token) -> String {
        guard case .string(true) = token.kind else { return bytes.string(token.range) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(token.range.count)
        JSONGrammar.appendDecoded(bytes, .init(content: token.range, hasEscapes: true), to: &decoded)
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func open(
        _ bytes: Span<UInt8>, _ position: inout Int, _ bracket: UInt8, wanted: StaticString, _ depth: Int
    ) throws(JSONError) {
        let byte = try JSONGrammar.peek(bytes, &position, in: "a value")
        guard byte == bracket else { throw JSONGrammar.unexpected(byte, position, wanted: wanted) }
        guard depth > 0 else { throw JSONGrammar.tooDeep(position, limit: JSONLimits.default.depth) }
        position += 1
    }

    /// Passes over what stands between two elements, or behind the last: then true.
    private static func ends(
        _ bytes: Span<UInt8>, _ position: inout Int, _ bracket: UInt8, wanted: StaticString
    ) throws(JSONError) -> Bool {
        let byte = try JSONGrammar.peek(bytes, &position, in: "a value")
        position += 1
        if byte == bracket { return true }
        guard byte == UInt8(ascii: ",") else { throw JSONGrammar.unexpected(byte, position - 1, wanted: wanted) }
        return false
    }
}
