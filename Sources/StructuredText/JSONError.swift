/// Why JSON text was refused.
///
/// `description` is one sentence for a person: what is wrong, where, and (where that helps) what to do next.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure. Extensible: compare with the constants, do not switch exhaustively.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The bytes do not follow the grammar of RFC 8259.
        public static let syntax = Code(rawValue: "syntax")
        /// The text ends before the value does.
        public static let truncated = Code(rawValue: "truncated")
        /// Something other than white space follows the value.
        public static let trailingData = Code(rawValue: "trailingData")
        /// Arrays and objects are nested deeper than ``JSONLimits/depth``.
        public static let tooDeep = Code(rawValue: "tooDeep")
        /// The text is longer than ``JSONLimits/bytes``.
        public static let tooLarge = Code(rawValue: "tooLarge")
        /// One element of a list is longer than the splitter may hold.
        public static let itemTooLarge = Code(rawValue: "itemTooLarge")
    }

    public let code: Code
    /// Where in the input, in bytes from its start (for ``JSONListSplitter``: from the start of the whole body).
    public let offset: Int
    public let message: String
    /// The number of the list element concerned, counted from 0, where the failure belongs to one.
    public let item: Int?

    public init(code: Code, offset: Int, message: String, item: Int? = nil) {
        self.code = code
        self.offset = offset
        self.message = message
        self.item = item
    }

    public var description: String {
        "JSON at byte \(offset): \(message)"
    }
}

/// Bounds for parsing JSON from an untrusted source.
public struct JSONLimits: Hashable, Sendable {
    /// Arrays and objects inside each other. The tree parser recurses, so this also bounds its stack.
    public var depth: Int
    /// Length of the whole text in bytes.
    public var bytes: Int

    public init(depth: Int = 512, bytes: Int = 64 << 20) {
        self.depth = depth
        self.bytes = bytes
    }

    /// 512 levels, 64 MiB.
    public static let `default` = JSONLimits()
}
