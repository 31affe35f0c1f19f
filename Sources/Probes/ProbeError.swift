/// Why something could not be asked over the network, or gave no answer.
public struct ProbeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure. Extensible: compare with the constants, do not switch exhaustively.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// What is to be dialled cannot be read; nothing was sent.
        public static let badTarget = Code(rawValue: "BadTarget")
        /// The name has no address, or nobody said so in time.
        public static let notResolved = Code(rawValue: "NotResolved")
        /// The policy does not let it be dialled; nothing was sent to it.
        public static let addressRefused = Code(rawValue: "AddressRefused")
        public static let connectionRefused = Code(rawValue: "ConnectionRefused")
        /// No way there.
        public static let unreachable = Code(rawValue: "Unreachable")
        /// It ended before it was complete.
        public static let connectionLost = Code(rawValue: "ConnectionLost")
        public static let timeout = Code(rawValue: "Timeout")
        /// What came is not what the protocol lets come.
        public static let badAnswer = Code(rawValue: "BadAnswer")
        /// The other side, or this one, ended the TLS handshake.
        public static let handshakeFailed = Code(rawValue: "HandshakeFailed")
        /// This machine does not let it be done.
        public static let systemFailure = Code(rawValue: "SystemFailure")
    }

    public var code: Code
    /// As in "connecting to".
    public var doing: String
    public var subject: String
    public var reason: String
    /// What to do next; empty if there is nothing sensible to say.
    public var advice: String

    public init(code: Code, doing: String, subject: String, reason: String, advice: String = "") {
        self.code = code
        self.doing = doing
        self.subject = subject
        self.reason = reason
        self.advice = advice
    }

    public var description: String {
        "\(doing) \(subject): \(reason)\(advice.isEmpty ? "" : "; \(advice)")"
    }
}

extension String {
    /// For messages: in one line, without what a terminal would obey, and not endless.
    var shown: String {
        let scalars = unicodeScalars.prefix(200).map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }
}
