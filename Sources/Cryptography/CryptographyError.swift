/// Why a cryptographic operation failed.
///
/// That a signature does not match is an error of this kind too (``Code/badSignature``), so that no caller can forget
/// to look.
public struct CryptographyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure. Extensible: compare with the constants, do not switch exhaustively.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The text or bytes do not have the required form, or not its one allowed encoding.
        public static let malformed = Code(rawValue: "malformed")
        /// The input is larger than any legitimate one.
        public static let tooLarge = Code(rawValue: "tooLarge")
        /// A kind of key, curve, cipher or hash that this program does not use.
        public static let unsupportedAlgorithm = Code(rawValue: "unsupportedAlgorithm")
        /// An RSA key of fewer than 2048 bits.
        public static let keyTooWeak = Code(rawValue: "keyTooWeak")
        /// The private key is protected by a passphrase.
        public static let keyEncrypted = Code(rawValue: "keyEncrypted")
        /// The parts of a key contradict each other.
        public static let keyInconsistent = Code(rawValue: "keyInconsistent")
        /// The signature was made for another purpose than the one it is checked for.
        public static let wrongNamespace = Code(rawValue: "wrongNamespace")
        /// A message hashed with an algorithm for which collisions are known or near (MD5, SHA-1).
        public static let digestTooWeak = Code(rawValue: "digestTooWeak")
        /// The certificate does not allow its key to be used for this.
        public static let wrongPurpose = Code(rawValue: "wrongPurpose")
        /// The time stamp authority answered, but gave no time stamp.
        public static let timestampRefused = Code(rawValue: "timestampRefused")
        /// No key or certificate of that description is there, or more than one.
        public static let keyNotFound = Code(rawValue: "keyNotFound")
        /// No ssh-agent answers at that address.
        public static let agentUnavailable = Code(rawValue: "agentUnavailable")
        /// The ssh-agent did not do what it was asked for.
        public static let agentRefused = Code(rawValue: "agentRefused")
        /// The ssh-agent hides its keys until it is unlocked.
        public static let agentLocked = Code(rawValue: "agentLocked")
        /// Nothing came within the time that was allowed.
        public static let timedOut = Code(rawValue: "timedOut")
        /// The signature does not belong to this key and these bytes.
        public static let badSignature = Code(rawValue: "badSignature")
        /// OpenSSL reported a failure that has nothing to do with the input (memory, providers, entropy).
        public static let libraryFailure = Code(rawValue: "libraryFailure")
    }

    public let code: Code
    /// What was being done, as a phrase that follows "while": `reading a private key`.
    public let doing: String
    /// To what: a file name, a key's fingerprint, a line number; empty if there is nothing to name.
    public let subject: String
    public let reason: String
    /// What to do next; empty if there is nothing sensible to say.
    public let advice: String

    public init(code: Code, doing: String, subject: String = "", reason: String, advice: String = "") {
        self.code = code
        self.doing = doing
        self.subject = subject
        self.reason = reason
        self.advice = advice
    }

    public var description: String {
        var text = subject.isEmpty ? "\(doing): \(reason)" : "\(doing) (\(subject)): \(reason)"
        if !advice.isEmpty { text += "; \(advice)" }
        return text
    }
}
