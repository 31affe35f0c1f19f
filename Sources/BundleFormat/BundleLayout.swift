/// The files of a bundle and their order (section 1).
public enum BundleLayout {
    public static let bagit = EntryPath(constant: "bagit.txt")
    public static let opening = EntryPath(constant: "meta/bundle.json")
    public static let openingSignature = EntryPath(constant: "meta/bundle.json.sig")
    public static let salts = EntryPath(constant: "meta/salts")
    public static let version = EntryPath(constant: "data/version")
    public static let recovery = EntryPath(constant: "meta/recovery.json")
    public static let ledger = EntryPath(constant: "meta/ledger.jsonl")
    public static let custody = EntryPath(constant: "meta/custody.jsonl")
    public static let index = EntryPath(constant: "meta/index.jsonl")
    public static let manifest = EntryPath(constant: "manifest-sha256.txt")
    public static let bagInfo = EntryPath(constant: "bag-info.txt")
    public static let merkleRoot = EntryPath(constant: "meta/merkle-root.txt")
    public static let statement = EntryPath(constant: "meta/statement.json")
    public static let tagManifest = EntryPath(constant: "tagmanifest-sha256.txt")
    public static let seal = EntryPath(constant: "seal.sha256")
    public static let signatureManifest = EntryPath(constant: "sig/manifest-sha256.txt")
    public static let recordManifest = EntryPath(constant: "records/manifest-sha256.txt")

    /// `sig/seal.K.…`
    public static func signature(_ number: Int, _ kind: SignatureFile.Kind) -> EntryPath {
        EntryPath(trustedText: "sig/seal.\(number).\(kind.rawValue)")
    }

    /// `meta/checkpoints/NNNNNN.jsonl`
    public static func checkpoint(_ number: UInt64) -> EntryPath {
        EntryPath(trustedText: "meta/checkpoints/\(sixDigits(number)).jsonl")
    }

    /// `meta/checkpoints/NNNNNN.sig`
    public static func checkpointSignature(_ number: UInt64) -> EntryPath {
        EntryPath(trustedText: "meta/checkpoints/\(sixDigits(number)).sig")
    }

    /// `records/NNNNNN.json`
    public static func record(_ number: UInt64) -> EntryPath {
        EntryPath(trustedText: "records/\(sixDigits(number)).json")
    }

    /// What a path is for.
    public enum Role: Hashable, Sendable {
        /// One of the constants above.
        case fixed
        case definition
        case payload
        case checkpoint(UInt64)
        case checkpointSignature(UInt64)
        /// What a redacted copy carries of its original.
        case origin
        /// `sig/…`, the manifest excepted.
        case signature(SignatureFile)
        case record(UInt64)
    }

    /// A file of `sig/` (section 8.2).
    public struct SignatureFile: Hashable, Sendable {
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            case ssh = "ssh.sig"
            case cms = "cms.p7s"
            case timeStamp = "tsr"
            case authority = "tsa.pem"
        }

        /// K.
        public var number: Int
        public var kind: Kind

        /// Where it stands among the files of `sig/`: a signature, its time stamp, the certificates for that.
        public var position: Int {
            let (tens, overflow) = number.multipliedReportingOverflow(by: 4)
            guard !overflow else { return .max }
            return switch kind {
            case .ssh, .cms: tens
            case .timeStamp: tens + 1
            case .authority: tens + 2
            }
        }
    }

    /// What section 1 says about files of one role.
    public struct Rule: Hashable, Sendable {
        public var role: Role
        /// Files stand in the archive in ascending order of this.
        public var order: Int
        /// Has an index line and a leaf.
        public var isIndexed: Bool
        /// Is listed in the tagmanifest.
        public var isTag: Bool
        /// Stands behind all that is captured: it is written when the bundle is sealed.
        public var isClosing: Bool { order > 50 }
    }

    /// Which rule a path falls under; nil when nothing of that name may be in a bundle.
    public static func rule(for path: EntryPath) -> Rule? {
        if let rule = fixedRules[path.rawValue] { return rule }
        let text = path.rawValue
        if text.hasPrefix("data/") { return Rule(role: .payload, order: 50, isIndexed: true, isTag: false) }
        if let name = rest(of: text, behind: "meta/definitions/") {
            return name.contains("/") ? nil : Rule(role: .definition, order: 50, isIndexed: true, isTag: true)
        }
        if text == "origin/disclosure.jsonl" { return Rule(role: .origin, order: 60, isIndexed: true, isTag: true) }
        if text.hasPrefix("origin/files/") { return Rule(role: .origin, order: 50, isIndexed: true, isTag: true) }
        if text.hasPrefix("origin/") { return Rule(role: .origin, order: 40, isIndexed: true, isTag: true) }
        if let name = rest(of: text, behind: "meta/checkpoints/") {
            if let number = number(name, suffix: ".jsonl") {
                return Rule(role: .checkpoint(number), order: 50, isIndexed: false, isTag: true)
            }
            if let number = number(name, suffix: ".sig") {
                return Rule(role: .checkpointSignature(number), order: 50, isIndexed: false, isTag: true)
            }
        }
        if let name = rest(of: text, behind: "sig/seal."), let file = signatureFile(name) {
            return Rule(role: .signature(file), order: 200, isIndexed: false, isTag: false)
        }
        if let name = rest(of: text, behind: "records/"), let number = number(name, suffix: ".json") {
            return Rule(role: .record(number), order: 220, isIndexed: false, isTag: false)
        }
        return nil
    }

    /// Files without which a bundle is not complete, in the order of the archive. At least one signature comes on top.
    public static let required = [
        bagit, opening, openingSignature, salts, version, ledger, custody, index, manifest, bagInfo, merkleRoot,
        statement,
        tagManifest, seal, signatureManifest,
    ]

    private static let fixedRules: [String: Rule] = {
        let rows: [(EntryPath, Int, Bool, Bool)] = [
            (bagit, 0, false, true), (opening, 10, true, true), (openingSignature, 20, false, true),
            (salts, 30, false, true), (version, 45, true, false), (recovery, 70, true, true), (ledger, 80, true, true),
            (custody, 90, true, true), (index, 100, false, true), (manifest, 110, false, true),
            (bagInfo, 120, false, true), (merkleRoot, 130, false, true), (statement, 140, false, true),
            (tagManifest, 150, false, false), (seal, 160, false, false), (signatureManifest, 210, false, false),
            (recordManifest, 230, false, false),
        ]
        return Dictionary(
            uniqueKeysWithValues: rows.map { path, order, isIndexed, isTag in
                let role: Role = path == version ? .payload : .fixed
                return (path.rawValue, Rule(role: role, order: order, isIndexed: isIndexed, isTag: isTag))
            })
    }()

    private static func rest(of text: String, behind prefix: String) -> Substring? {
        text.hasPrefix(prefix) ? text.dropFirst(prefix.count) : nil
    }

    /// The number of a name of six digits (or more, without needless zeros) and a suffix.
    private static func number(_ name: Substring, suffix: String) -> UInt64? {
        guard name.hasSuffix(suffix) else { return nil }
        let digits = String(name.dropLast(suffix.count))
        guard let number = UInt64(digits), number > 0, sixDigits(number) == digits else { return nil }
        return number
    }

    private static func signatureFile(_ name: Substring) -> SignatureFile? {
        guard let dot = name.firstIndex(of: "."), let number = Int(name[..<dot]), number > 0,
            String(number) == name[..<dot],
            let kind = SignatureFile.Kind(rawValue: String(name[name.index(after: dot)...]))
        else { return nil }
        return SignatureFile(number: number, kind: kind)
    }

    private static func sixDigits(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }
}
