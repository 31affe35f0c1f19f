/// Something whose presence shows that an attacker was there: an indicator of compromise.
public struct Indicator: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case sha256, sha1, md5
        /// One IPv4 or IPv6 address.
        case address = "ip"
        /// A network, as in `10.0.0.0/8`.
        case network = "cidr"
        case domain
        /// With its scheme, or without: a host, then a port or a path.
        case url
        /// Of a file or program, without a folder.
        case name
        /// Of a file or folder.
        case path
        /// Any text.
        case text = "string"

        /// In hexadecimal digits; nil for what is no hash.
        var hashDigits: Int? {
            switch self {
            case .sha256: 64
            case .sha1: 40
            case .md5: 32
            default: nil
            }
        }
    }

    public let kind: Kind
    /// In one form: hashes and domains in lower case, addresses as inet_ntop(3) writes them, nothing defanged.
    public let value: String

    init(_ kind: Kind, _ value: String) {
        self.kind = kind
        self.value = value
    }
}

/// Where an indicator was read.
public struct IndicatorPlace: Hashable, Sendable {
    /// As the list was named.
    public let list: String
    /// From 1; of a STIX bundle the number of the object in it; 0 where it is not known.
    public let line: Int

    public init(list: String, line: Int) {
        self.list = list
        self.line = line
    }
}
