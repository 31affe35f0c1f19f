/// Why bytes are not what the bundle format (docs/format.md) says they must be.
///
/// `description` is one sentence for a person: what was being read, where it goes wrong and why.
public struct FormatError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure. Extensible: compare with the constants, do not switch exhaustively.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The bytes do not have the one form that is allowed.
        public static let malformed = Code(rawValue: "malformed")
        /// Larger or longer than section 13 allows.
        public static let tooLarge = Code(rawValue: "tooLarge")
        /// A path breaks the rules of section 2.1.
        public static let badPath = Code(rawValue: "badPath")
        /// A value has the right form but contradicts the format: a state that does not exist, a number out of range.
        public static let badValue = Code(rawValue: "badValue")
        /// A chain of hashes does not hold.
        public static let brokenChain = Code(rawValue: "brokenChain")
        /// A version, or an extension that must be understood, which this program does not know.
        public static let unsupported = Code(rawValue: "unsupported")
    }

    public let code: Code
    /// What was being done, as a phrase: `reading an index line`.
    public let doing: String
    /// To what: a member, a path; empty if there is nothing to name. Printable ASCII, as the reason is: what is quoted in them
    /// was written by anybody.
    public let subject: String
    public let reason: String
    /// What to do next; empty if there is nothing sensible to say.
    public let advice: String

    public init(code: Code = .malformed, doing: String, subject: String = "", reason: String, advice: String = "") {
        self.code = code
        self.doing = doing
        self.subject = EntryPath.printable(subject, limit: FormatLimits.path)
        self.reason = EntryPath.printable(reason, limit: 1_000)
        self.advice = advice
    }

    public var description: String {
        var text = subject.isEmpty ? "\(doing): \(reason)" : "\(doing) (\(subject)): \(reason)"
        if !advice.isEmpty { text += "; \(advice)" }
        return text
    }
}
