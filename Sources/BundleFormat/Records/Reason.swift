/// Why an attempt did not bring everything, for machines and for people.
public struct Reason: Hashable, Sendable {
    /// Extensible: whoever finds a new reason gives it a new code, in CamelCase.
    public struct Code: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public init(stringLiteral value: String) {
            rawValue = value
        }

        public var description: String { rawValue }

        /// The run ended before the attempt did and was recovered later (section 7.3).
        public static let recovered = Code(rawValue: "Recovered")
        /// The source ended before the size it was said to have (section 7.2).
        public static let shrunk = Code(rawValue: "Shrunk")
    }

    public var code: Code
    public var message: String

    public init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    public init(code: String, message: String) {
        self.init(code: Code(rawValue: code), message: message)
    }
}
