/// Why YAML text was refused.
///
/// `description` is one sentence for a person: what is wrong and in which line. It quotes nothing of the text.
public struct YAMLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure. Extensible: compare with the constants, do not switch exhaustively.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// Not YAML: no reader takes it.
        public static let syntax = Code(rawValue: "syntax")
        /// YAML that ``YAMLReader`` does not read, or that readers take for different values. Another reader may.
        public static let unsupported = Code(rawValue: "unsupported")
        /// A mapping has a key twice.
        public static let duplicateKey = Code(rawValue: "duplicateKey")
        /// Collections are nested deeper than ``JSONLimits/depth``.
        public static let tooDeep = Code(rawValue: "tooDeep")
        /// The text is longer than ``JSONLimits/bytes``.
        public static let tooLarge = Code(rawValue: "tooLarge")
    }

    public let code: Code
    /// Counted from 1, in lines that end in LF, CR or both.
    public let line: Int
    public let message: String

    public init(code: Code, line: Int, message: String) {
        self.code = code
        self.line = line
        self.message = message
    }

    /// The line is that of the byte at `offset`.
    init(_ code: Code, _ bytes: Span<UInt8>, at offset: Int, _ message: String) {
        var line = 1
        for index in 0..<min(offset, bytes.count) where bytes[index] == 0x0A { line += 1 }
        self.init(code: code, line: line, message: message)
    }

    public var description: String {
        "YAML in line \(line): \(message)"
    }
}
