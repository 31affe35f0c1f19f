public import Cryptography
public import StructuredText

extension AttestationRecord {
    /// What happened.
    public enum Body: Hashable, Sendable {
        /// Somebody vouches for the seal, or for a record and thereby for all before it.
        case signature(Signature)
        /// Somebody vouches for a time.
        case timestamp(TimeStamp)
        /// The bundle, or what it is stored on, changed hands or place.
        case custody(Custody)
        /// What somebody has to say, about an entry or about all of it.
        case note(text: String, entry: EntryPath?)
        /// A finding that somebody looked at, and why it is none.
        case dismissal(finding: String, text: String, entry: EntryPath?)
        /// Of a later version: it counts in the chain and is not examined.
        case unknown(kind: String, JSONObject)
    }

    /// The two forms of section 8.2.
    public enum SignatureForm: String, Hashable, Sendable, CaseIterable {
        case ssh, cms
    }

    public struct Signature: Hashable, Sendable {
        public var form: SignatureForm
        /// The seal or a record.
        public var over: Subject
        /// The bytes of the signature's file: SSH armour, or DER.
        public var data: [UInt8]

        public init(form: SignatureForm, over: Subject, data: [UInt8]) {
            self.form = form
            self.over = over
            self.data = data
        }
    }

    public struct TimeStamp: Hashable, Sendable {
        /// A signature in `sig/`, or a record.
        public var over: Subject
        /// A time stamp authority's answer (RFC 3161 TimeStampResp, DER).
        public var token: [UInt8]
        /// The authority's certificates in PEM, and revocation lists, for later; nil if the token has all.
        public var certificates: String?

        public init(over: Subject, token: [UInt8], certificates: String? = nil) {
            self.over = over
            self.token = token
            self.certificates = certificates
        }
    }

    /// What a signature or a time stamp is over.
    public enum Subject: Hashable, Sendable {
        /// `seal.sha256`
        case seal
        /// The line of an earlier record, without its LF.
        case record(UInt64)
        /// A signature that was made at the seal.
        case file(EntryPath)

        /// Nil unless it is a record.
        public var recordNumber: UInt64? {
            if case .record(let number) = self { number } else { nil }
        }
    }

    public struct Custody: Hashable, Sendable {
        /// What was done, in the words of whoever did it: `handed over`, `copied`, `sealed in bag 17`.
        public var action: String
        public var from: String?
        public var to: String?
        public var place: String?
        /// The hash of the bundle's file, as whoever made the record had it.
        public var file: SHA256Digest?
        public var text: String?

        public init(
            action: String, from: String? = nil, to: String? = nil, place: String? = nil, file: SHA256Digest? = nil,
            text: String? = nil
        ) {
            self.action = action
            self.from = from
            self.to = to
            self.place = place
            self.file = file
            self.text = text
        }
    }
}

extension AttestationRecord.Body {
    /// The member `kind`.
    public var kind: String {
        switch self {
        case .signature: "signature"
        case .timestamp: "timestamp"
        case .custody: "custody"
        case .note: "note"
        case .dismissal: "dismissal"
        case .unknown(let kind, _): kind
        }
    }

    var json: JSONObject {
        switch self {
        case .signature(let signature):
            return [
                "type": .string(signature.form.rawValue), "over": signature.over.json,
                "data": Self.base64(signature.data),
            ]
        case .timestamp(let timestamp):
            var object: JSONObject = ["over": timestamp.over.json, "token": Self.base64(timestamp.token)]
            if let certificates = timestamp.certificates { object["certificates"] = .string(certificates) }
            return object
        case .custody(let custody):
            return Self.object([
                ("action", custody.action), ("from", custody.from), ("to", custody.to), ("place", custody.place),
                ("file", custody.file?.hex), ("text", custody.text),
            ])
        case .note(let text, let entry):
            return Self.object([("text", text), ("entry", entry?.rawValue)])
        case .dismissal(let finding, let text, let entry):
            return Self.object([("finding", finding), ("text", text), ("entry", entry?.rawValue)])
        case .unknown(_, let object):
            return object
        }
    }

    /// - Parameter number: of the record that it stands in.
    init(kind: String, _ reader: RecordReader, number: UInt64) throws(FormatError) {
        switch kind {
        case "signature":
            guard let form = AttestationRecord.SignatureForm(rawValue: try reader.string("type")) else {
                throw reader.missing("type", "`ssh` or `cms`")
            }
            let over = try AttestationRecord.Subject(reader, number: number)
            if case .file = over { throw reader.missing("over", "`seal` or the number of an earlier record") }
            self = .signature(.init(form: form, over: over, data: try Self.bytes(reader, "data")))
        case "timestamp":
            let over = try AttestationRecord.Subject(reader, number: number)
            if case .seal = over { throw reader.missing("over", "a signature, or the number of an earlier record") }
            self = .timestamp(
                .init(
                    over: over, token: try Self.bytes(reader, "token"),
                    certificates: try reader.optionalString("certificates")))
        case "custody":
            self = .custody(
                .init(
                    action: try reader.string("action"), from: try reader.optionalString("from"),
                    to: try reader.optionalString("to"), place: try reader.optionalString("place"),
                    file: reader["file"] == nil ? nil : try reader.digest("file"),
                    text: try reader.optionalString("text")))
        case "note":
            self = .note(text: try reader.string("text"), entry: try Self.entry(reader))
        case "dismissal":
            self = .dismissal(
                finding: try reader.string("finding"), text: try reader.string("text"), entry: try Self.entry(reader))
        default:
            self = .unknown(kind: kind, reader.all)
        }
    }

    private static func object(_ members: [(String, String?)]) -> JSONObject {
        JSONObject(members.compactMap { name, value in value.map { (name, .string($0)) } })
    }

    private static func base64(_ bytes: [UInt8]) -> JSONValue {
        .string(String(decoding: Cryptography.Base64.encode(bytes), as: UTF8.self))
    }

    private static func bytes(_ reader: RecordReader, _ name: String) throws(FormatError) -> [UInt8] {
        guard let bytes = Cryptography.Base64.decode(Array(try reader.string(name).utf8)), !bytes.isEmpty else {
            throw reader.missing(name, "base64 in its one form")
        }
        return bytes
    }

    private static func entry(_ reader: RecordReader) throws(FormatError) -> EntryPath? {
        guard let text = try reader.optionalString("entry") else { return nil }
        return try EntryPath(text)
    }
}

extension AttestationRecord.Subject {
    var json: JSONValue {
        switch self {
        case .seal: "seal"
        case .record(let number): JSONValue(number)
        case .file(let path): .string(path.rawValue)
        }
    }

    init(_ reader: RecordReader, number: UInt64) throws(FormatError) {
        if let text = reader["over"]?.string {
            if text == "seal" {
                self = .seal
                return
            }
            let path = try EntryPath(text)
            guard case .signature(let file) = BundleLayout.rule(for: path)?.role, [.ssh, .cms].contains(file.kind)
            else {
                throw reader.missing("over", "`seal`, a signature of sig/, or the number of an earlier record")
            }
            self = .file(path)
            return
        }
        let other = try reader.natural("over")
        guard other >= 1, other < number else { throw reader.missing("over", "the number of an earlier record") }
        self = .record(other)
    }
}
