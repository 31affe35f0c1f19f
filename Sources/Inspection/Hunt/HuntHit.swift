/// A place in a capture where an indicator was found.
public struct HuntHit: Hashable, Sendable {
    /// What it is that was found, the most telling first.
    public enum Rank: Int, Sendable, Comparable, CaseIterable {
        /// A process, socket or file, as its node saw it.
        case node
        /// The same, as the container's own tools told it: the attacker's, if the container is.
        case container
        /// The content of a captured file, by its hash, or its path.
        case file
        /// What objects of the cluster and certificates say.
        case object
        /// In the text of a captured file.
        case content
        /// In a log.
        case log

        public static func < (left: Rank, right: Rank) -> Bool { left.rawValue < right.rawValue }

        public var words: String {
            switch self {
            case .node, .container: "fact"
            case .file: "file"
            case .object: "object"
            case .content: "content"
            case .log: "log"
            }
        }
    }

    /// What it is of; nil where that is not known, or does not apply.
    public struct Owner: Hashable, Sendable {
        public var namespace: String?
        public var pod: String?
        public var container: String?
        public var node: String?
    }

    public let rank: Rank
    /// As in "process 4711 (kinsing)", "log".
    public let what: String
    public internal(set) var owner: Owner
    /// The file of the capture that says so.
    public let entry: String?
    /// In the file, from 1; nil for what has no lines.
    public let line: Int?
    /// In bytes, from 0, in a file that has no lines.
    public let offset: UInt64?
    /// Whose word it is: `node`, `in-container`, `api`, `local`; nil where the capture does not say.
    public internal(set) var source: String?
    /// How it was found, where that is not as it was written: a subdomain, a member of a network, text in UTF-16.
    public let note: String?
    /// What stands there, with at most 120 bytes on either side. Anybody may have written it: it must be escaped.
    public let excerpt: String

    init(
        _ rank: Rank, _ what: String, _ owner: Owner, entry: String?, line: Int? = nil, offset: UInt64? = nil,
        source: String? = nil, note: String? = nil, excerpt: String
    ) {
        self.rank = rank
        self.what = what
        self.owner = owner
        self.entry = entry
        self.line = line
        self.offset = offset
        self.source = source
        self.note = note
        self.excerpt = excerpt
    }

    static let excerptBytes = 120
}

extension IndicatorMatch.Form {
    var note: String? {
        switch self {
        case .exact: nil
        case .subdomain: "a subdomain of it"
        case .member: "an address in it"
        case .wide: "in UTF-16"
        }
    }
}
