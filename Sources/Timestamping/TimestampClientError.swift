/// Why a time stamp authority gave no answer.
public struct TimestampClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure. Extensible: compare with the constants, do not switch exhaustively.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public static let badAddress = Code(rawValue: "badAddress")
        /// Nobody answers there, or its certificate is not trusted.
        public static let unreachable = Code(rawValue: "unreachable")
        public static let timeout = Code(rawValue: "timeout")
        /// Another HTTP status than 200.
        public static let refused = Code(rawValue: "refused")
        /// It is not what RFC 3161 says an answer is, or far too large.
        public static let badAnswer = Code(rawValue: "badAnswer")
    }

    public let code: Code
    public let url: String
    public let reason: String
    /// What to do next; empty if there is nothing sensible to say.
    public let advice: String

    public init(code: Code, url: String, reason: String, advice: String = "") {
        self.code = code
        self.url = url
        self.reason = reason
        self.advice = advice
    }

    /// Without the address, which whoever asked knows.
    public var description: String { advice.isEmpty ? reason : "\(reason); \(advice)" }
}
