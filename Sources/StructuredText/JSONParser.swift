/// Builds a ``JSONValue`` by recursive descent, at most ``JSONLimits/depth`` levels deep.
enum JSONParser {
    static func parse(_ bytes: Span<UInt8>, limits: JSONLimits) throws(JSONError) -> JSONValue {
        try JSONGrammar.checkSize(bytes, limits)
        var position = 0
        let value = try value(bytes, &position, levels: limits.depth, limits)
        try JSONGrammar.checkEnd(bytes, &position)
        return value
    }

    /// `levels` is how many arrays and objects may still be opened.
    private static func value(
        _ bytes: Span<UInt8>, _ position: inout Int, levels: Int, _ limits: JSONLimits
    ) throws(JSONError) -> JSONValue {
        let byte = try JSONGrammar.peek(bytes, &position, in: "a value")
        switch byte {
        case UInt8(ascii: "\""):
            return .string(try string(bytes, &position))
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard levels > 0 else { throw JSONGrammar.tooDeep(position, limit: limits.depth) }
            position += 1
            return byte == UInt8(ascii: "{")
                ? .object(try object(bytes, &position, levels: levels - 1, limits))
                : .array(try array(bytes, &position, levels: levels - 1, limits))
        case UInt8(ascii: "-"), 0x30...0x39:
            return .number(bytes.string(try JSONGrammar.number(bytes, &position)))
        case UInt8(ascii: "t"):
            try JSONGrammar.literal("true", bytes, &position)
            return .bool(true)
        case UInt8(ascii: "f"):
            try JSONGrammar.literal("false", bytes, &position)
            return .bool(false)
        case UInt8(ascii: "n"):
            try JSONGrammar.literal("null", bytes, &position)
            return .null
        default:
            throw JSONGrammar.unexpected(byte, position, wanted: "a value")
        }
    }

    private static func object(
        _ bytes: Span<UInt8>, _ position: inout Int, levels: Int, _ limits: JSONLimits
    ) throws(JSONError) -> JSONObject {
        var members = JSONObject()
        guard try JSONGrammar.peek(bytes, &position, in: "an object") != UInt8(ascii: "}") else {
            position += 1
            return members
        }
        while true {
            let quote = try JSONGrammar.peek(bytes, &position, in: "an object")
            guard quote == UInt8(ascii: "\"") else {
                throw JSONGrammar.unexpected(quote, position, wanted: "a member's name")
            }
            let key = try string(bytes, &position)
            let colon = try JSONGrammar.peek(bytes, &position, in: "an object")
            guard colon == UInt8(ascii: ":") else {
                throw JSONGrammar.unexpected(colon, position, wanted: "`:`")
            }
            position += 1
            members.append((key, try value(bytes, &position, levels: levels, limits)))
            let next = try JSONGrammar.peek(bytes, &position, in: "an object")
            position += 1
            if next == UInt8(ascii: "}") { return members }
            guard next == UInt8(ascii: ",") else {
                throw JSONGrammar.unexpected(next, position - 1, wanted: "`,` or `}`")
            }
        }
    }

    private static func array(
        _ bytes: Span<UInt8>, _ position: inout Int, levels: Int, _ limits: JSONLimits
    ) throws(JSONError) -> [JSONValue] {
        var elements: [JSONValue] = []
        guard try JSONGrammar.peek(bytes, &position, in: "an array") != UInt8(ascii: "]") else {
            position += 1
            return elements
        }
        while true {
            elements.append(try value(bytes, &position, levels: levels, limits))
            let next = try JSONGrammar.peek(bytes, &position, in: "an array")
            position += 1
            if next == UInt8(ascii: "]") { return elements }
            guard next == UInt8(ascii: ",") else {
                throw JSONGrammar.unexpected(next, position - 1, wanted: "`,` or `]`")
            }
        }
    }

    private static func string(_ bytes: Span<UInt8>, _ position: inout Int) throws(JSONError) -> String {
        let token = try JSONGrammar.string(bytes, &position)
        guard token.hasEscapes else { return bytes.string(token.content) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(token.content.count)
        JSONGrammar.appendDecoded(bytes, token, to: &decoded)
        return String(decoding: decoded, as: UTF8.self)
    }
}
