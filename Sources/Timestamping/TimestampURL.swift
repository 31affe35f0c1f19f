/// The address of a time stamp authority that speaks HTTP (RFC 3161 section 3.4).
public struct TimestampURL: Hashable, Sendable, CustomStringConvertible {
    /// As it was given.
    public let description: String
    /// Whether it is `https`.
    public let isTLS: Bool

    private static let longest = 2_048

    /// Takes `http://` and `https://` only, without a user, a password or a fragment: the address stands in the bundle.
    public init(_ text: String) throws(TimestampClientError) {
        func refusal(_ reason: String) -> TimestampClientError {
            TimestampClientError(
                code: .badAddress, url: text, reason: reason, advice: "write it as https://tsa.example.org/tsr")
        }
        guard text.utf8.count <= Self.longest, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw refusal("it is no URL of printable ASCII")
        }
        let schemes = [("https://", true), ("http://", false)]
        guard let scheme = schemes.first(where: { text.lowercased().hasPrefix($0.0) }) else {
            throw refusal("it begins neither with http:// nor with https://")
        }
        let rest = text.dropFirst(scheme.0.count)
        let authority = rest.prefix { !["/", "?", "#"].contains($0) }
        guard !authority.isEmpty, authority.first != ":" else { throw refusal("it names no host") }
        // A bundle says which authorities were asked, and everybody reads it.
        guard !authority.contains("@") else {
            throw refusal("it has a user or password in it, which would stand in the bundle")
        }
        guard !text.contains("#") else { throw refusal("it has a fragment") }
        description = text
        isTLS = scheme.1
    }
}
