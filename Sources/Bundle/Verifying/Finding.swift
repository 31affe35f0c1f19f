internal import BundleFormat

/// One thing that a verification found.
public struct Finding: Hashable, Sendable {
    /// What kind of thing. Extensible; those of the archive itself carry its code, as in `archive.badHeader`.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public var description: String { rawValue }

        /// An entry's bytes are not those that the index or a manifest says.
        public static let contentChanged = Code(rawValue: "contentChanged")
        /// Something that the bundle lists, or that every bundle has, is not there.
        public static let missing = Code(rawValue: "missing")
        /// Something is there that nothing lists.
        public static let extra = Code(rawValue: "extra")
        /// Files are not in the order of section 1.
        public static let order = Code(rawValue: "order")
        /// Cut off.
        public static let truncated = Code(rawValue: "truncated")
        /// A file of the bundle does not have the form that the format says.
        public static let malformed = Code(rawValue: "malformed")
        /// The index says something about an entry that is not so.
        public static let index = Code(rawValue: "index")
        public static let manifest = Code(rawValue: "manifest")
        public static let tagManifest = Code(rawValue: "tagManifest")
        /// Root, statement and index lines do not belong together.
        public static let tree = Code(rawValue: "tree")
        public static let seal = Code(rawValue: "seal")
        public static let ledger = Code(rawValue: "ledger")
        public static let custody = Code(rawValue: "custody")
        public static let checkpoint = Code(rawValue: "checkpoint")
        public static let signature = Code(rawValue: "signature")
        /// The run's key is not certified by anybody who should.
        public static let opening = Code(rawValue: "opening")
        /// Another seal than the expected one.
        public static let otherSeal = Code(rawValue: "otherSeal")
        /// Nobody signed who is allowed or required to.
        public static let signer = Code(rawValue: "signer")
        /// A time stamp is not one over the signature beside it, or by nobody who is to be believed.
        public static let timestamp = Code(rawValue: "timestamp")
        /// A record made after the seal does not hold.
        public static let record = Code(rawValue: "record")
        /// The bundle was made of one whose writer was killed.
        public static let recovered = Code(rawValue: "recovered")
        /// Something was not looked at.
        public static let notChecked = Code(rawValue: "notChecked")
    }

    /// Whether it decides the answer.
    public enum Severity: String, Hashable, Sendable {
        case failure, notice
    }

    public let code: Code
    public let severity: Severity
    /// The file of the bundle concerned, or empty.
    public let path: String
    /// A sentence for a person.
    public let says: String
    public let expected: String?
    public let actual: String?
    /// Where in the uncompressed tar stream, in bytes, if that helps.
    public let offset: UInt64?

    public init(
        _ code: Code, _ severity: Severity = .failure, path: String = "", says: String, expected: String? = nil,
        actual: String? = nil, offset: UInt64? = nil
    ) {
        self.code = code
        self.severity = severity
        self.path = path
        self.says = says
        self.expected = expected
        self.actual = actual
        self.offset = offset
    }

    init(_ error: FormatError, _ code: Code, path: EntryPath) {
        let place = error.subject.isEmpty ? "" : " (\(error.subject))"
        self.init(code, path: path.rawValue, says: "\(error.doing)\(place): \(error.reason)")
    }
}
