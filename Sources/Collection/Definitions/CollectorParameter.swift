/// A value that the operator gives to a collector: what a definition declares below `parameters`.
///
/// Values are in the bundle, as they are how the evidence came about. A secret is therefore none: it comes from an environment
/// variable that the definition names.
public struct CollectorParameter: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// Any text that ``objection(to:)`` has nothing against.
        case text
        /// A whole number, not negative, within a range.
        case integer(ClosedRange<Int>)
        /// One of these.
        case choice([String])
        /// See ``URLText``.
        case url

        /// As definitions write it.
        public var name: String {
            switch self {
            case .text: "text"
            case .integer: "integer"
            case .choice: "choice"
            case .url: "url"
            }
        }
    }

    public var name: String
    public var kind: Kind
    public var title: String
    /// What holds when the operator says nothing; nil when it must be given.
    public var defaultValue: String?
    /// Where it stands in the definition's file, from 1.
    public var line: Int?

    public init(_ name: String, _ kind: Kind, title: String, defaultValue: String? = nil) {
        self.name = name
        self.kind = kind
        self.title = title
        self.defaultValue = defaultValue
    }

    /// Bytes of a value.
    public static let maxBytes = 4_096
    /// Parameters of one collector.
    static let maxCount = 32

    /// Why it cannot have this value, as the end of a sentence that begins with its name; nil when it can.
    ///
    /// No value begins with `-`, which programs take for an option, none has a control character in it, and none is a URL with
    /// a user or password, as it is recorded. What is returned never has the value in it.
    public func objection(to value: String) -> String? {
        guard !value.isEmpty else { return "must not be empty" }
        guard value.utf8.count <= Self.maxBytes else { return "has more than \(Self.maxBytes) bytes" }
        guard !value.hasPrefix("-") else { return "must not begin with -, or a program could take it for an option" }
        guard !value.unicodeScalars.contains(where: Self.isControl) else {
            return "must not have control characters, line ends or marks of text direction in it"
        }
        // What is only ever a URL of http is judged as one, and may have an @ in its query.
        guard kind == .url || !URLText.hasUser(in: value) else { return URLText.userWords }
        guard !Self.hasSecret(value) else {
            return "looks as if a secret were in it: it is recorded, and secrets come from environment variables"
        }
        switch kind {
        case .text: return nil
        case .integer(let range):
            guard let number = Int(value), String(number) == value, range.contains(number) else {
                return "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
            }
            return nil
        case .choice(let values):
            return values.contains(value) ? nil : "must be one of \(values.joined(separator: ", "))"
        case .url: return URLText.objection(to: value)
        }
    }

    /// Whether a name says that its value is a secret, which no parameter may be.
    public static func meansSecret(_ name: String) -> Bool {
        let lowered = URLText.decoded(name).lowercased()
        let plain = lowered.filter { $0 != "-" && $0 != "_" }
        let last = lowered.split { !($0.isLetter || $0.isNumber) }.last.map(String.init) ?? ""
        return secretWords.contains { plain.contains($0) } || shortWords.contains(last)
    }

    /// `password=`, as in connection strings and queries, be it with `%61` for an a; and what follows `Bearer` in a header.
    private static func hasSecret(_ value: String) -> Bool {
        [value, URLText.decoded(value)].contains { text in
            let lowered = text.lowercased()
            let plain = lowered.filter { $0 != "-" && $0 != "_" && $0 != " " }
            return lowered.contains("bearer ") || (secretWords + shortWords).contains { plain.contains($0 + "=") }
        }
    }

    /// Words that stand within others, too (`monkey`): they count as the last word of a name.
    private static let shortWords = ["pwd", "pass", "sig", "signature", "auth", "authorization", "bearer", "key"]

    private static let secretWords = [
        "password", "passwd", "passphrase", "secret", "token", "credential", "apikey", "privatekey", "accesskey",
    ]

    /// Control characters (Cc), line and paragraph separators, and what changes the direction of text (UAX #9), so that a
    /// value is what it looks like in a bundle, too.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: scalar.properties.isBidiControl
        }
    }
}
