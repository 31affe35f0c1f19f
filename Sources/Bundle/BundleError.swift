internal import Archive
internal import BundleFormat
internal import Cryptography

/// Why a bundle could not be written, read or extracted.
///
/// That a bundle is damaged or forged is not an error of ``Verifier``: it is what it finds.
public struct BundleError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure. Extensible: compare with the constants, do not switch exhaustively.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The disk, quota or file size limit is full.
        public static let noSpace = Code(rawValue: "noSpace")
        /// The disk is full but for what the seal needs: nothing more is accepted, and the bundle can be sealed.
        public static let outOfRoom = Code(rawValue: "outOfRoom")
        /// Something with this name is there already; nothing is ever replaced.
        public static let exists = Code(rawValue: "exists")
        public static let writeFailed = Code(rawValue: "writeFailed")
        public static let readFailed = Code(rawValue: "readFailed")
        /// Neither a bundle file nor an unpacked bundle.
        public static let notABundle = Code(rawValue: "notABundle")
        /// A newer version of the format, or an extension that must be understood.
        public static let unsupported = Code(rawValue: "unsupported")
        /// The bundle ends too early.
        public static let truncated = Code(rawValue: "truncated")
        /// Bytes are not what the format says they must be.
        public static let damaged = Code(rawValue: "damaged")
        /// Records made after the seal do not hold, or are of another bundle.
        public static let badRecords = Code(rawValue: "badRecords")
        /// Content is not what the index says it is.
        public static let wrongContent = Code(rawValue: "wrongContent")
        /// The bundle has no such entry.
        public static let noSuchEntry = Code(rawValue: "noSuchEntry")
        /// A key could not sign, or randomness was not to be had.
        public static let signingFailed = Code(rawValue: "signingFailed")
        /// A value that was to be written is beyond a limit of the format.
        public static let tooLarge = Code(rawValue: "tooLarge")
        /// It is encrypted, and what was given does not open it.
        public static let cannotDecrypt = Code(rawValue: "cannotDecrypt")
        /// What is encrypted would be written as it is.
        public static let wouldDecrypt = Code(rawValue: "wouldDecrypt")
        /// Nothing in it is proved by a checkpoint.
        public static let notRecoverable = Code(rawValue: "notRecoverable")
        /// Somebody else is writing it.
        public static let inUse = Code(rawValue: "inUse")
        /// The bundle is sealed, was given up, or failed before.
        public static let closed = Code(rawValue: "closed")
    }

    public let code: Code
    /// What was being done, as a phrase: `writing the bundle`.
    public let doing: String
    /// To what: a file or an entry; empty if there is nothing to name.
    public let subject: String
    public let reason: String
    /// What to do next; empty if there is nothing sensible to say.
    public let advice: String
    /// What the failure left behind, as a sentence; nil when that is nothing.
    public let onDisk: String?

    public init(
        code: Code, doing: String, subject: String = "", reason: String, advice: String = "", onDisk: String? = nil
    ) {
        self.code = code
        self.doing = doing
        self.subject = subject
        self.reason = reason
        self.advice = advice
        self.onDisk = onDisk
    }

    public var description: String {
        var text = subject.isEmpty ? "\(doing): \(reason)" : "\(doing) (\(subject)): \(reason)"
        if !advice.isEmpty { text += "; \(advice)" }
        if let onDisk { text += ". \(onDisk)" }
        return text
    }
}

extension BundleError {
    /// A failure of a container, tar stream or file.
    init(_ error: ArchiveError, onDisk: String? = nil) {
        let code: Code =
            switch error.code {
            case .noSpace: .noSpace
            case .exists: .exists
            case .writeFailed, .compressionFailed, .misuse: .writeFailed
            case .readFailed: .readFailed
            case .notAnArchive: .notABundle
            case .truncated: .truncated
            case .outOfRange: .tooLarge
            default: .damaged
            }
        var subject = error.subject
        if let entry = error.entry { subject += subject.isEmpty ? entry : ", entry \(entry)" }
        self.init(
            code: code, doing: error.doing, subject: subject, reason: error.reason, advice: Self.clause(error.advice),
            onDisk: onDisk)
    }

    /// Sentences as what may follow a semicolon.
    private static func clause(_ sentences: String) -> String {
        let body = sentences.hasSuffix(".") ? sentences.dropLast() : sentences[...]
        return body.prefix(1).lowercased() + body.dropFirst()
    }

    init(_ error: FormatError, subject: String = "") {
        let code: Code =
            switch error.code {
            case .unsupported: .unsupported
            case .tooLarge: .tooLarge
            default: .damaged
            }
        let place = [subject, error.subject].filter { !$0.isEmpty }.joined(separator: ", ")
        self.init(code: code, doing: error.doing, subject: place, reason: error.reason, advice: error.advice)
    }

    init(_ error: CryptographyError) {
        self.init(
            code: .signingFailed, doing: error.doing, subject: error.subject, reason: error.reason, advice: error.advice
        )
    }

    /// Any failure as one of a bundle.
    init(wrapping error: any Error, doing: String, subject: String = "") {
        switch error {
        case let error as BundleError: self = error
        case let error as ArchiveError: self.init(error)
        case let error as FormatError: self.init(error, subject: subject)
        case let error as CryptographyError: self.init(error)
        default: self.init(code: .readFailed, doing: doing, subject: subject, reason: "\(error)")
        }
    }

    /// The same failure, with what it left behind.
    func leaving(_ onDisk: String) -> BundleError {
        BundleError(code: code, doing: doing, subject: subject, reason: reason, advice: advice, onDisk: onDisk)
    }
}
