/// The keys that an ssh-agent holds and shows.
public struct SSHAgentKeys: Hashable, Sendable {
    /// A key that can sign here.
    public struct Key: Hashable, Sendable {
        public let publicKey: SSHPublicKey
        /// What was said about it when it was added, often the file's name; a claim that nothing proves.
        public let comment: String
    }

    /// A key of a kind that is not used here: a certificate, DSA, weak RSA.
    public struct Unusable: Hashable, Sendable {
        public let comment: String
        public let reason: String
    }

    /// How one of them is chosen.
    public enum Selection: Hashable, Sendable {
        /// There must be just one.
        case only
        /// `SHA256:` and base64, as `ssh-add -l` prints it.
        case fingerprint(String)
        /// As in a `.pub` file.
        case publicKey(SSHPublicKey)
        /// The whole comment.
        case comment(String)
    }

    /// In the agent's order.
    public internal(set) var usable: [Key] = []
    public internal(set) var unusable: [Unusable] = []

    /// Whether it shows none at all: it has none, or is locked.
    public var isEmpty: Bool { usable.isEmpty && unusable.isEmpty }

    private static let choosing = "choosing a key of ssh-agent"

    /// The one key that is meant. Throws `keyNotFound` if there is none, or more than one; `subject` names the agent in
    /// errors.
    public func key(_ selection: Selection, subject: String = "") throws(CryptographyError) -> Key {
        guard !usable.isEmpty else {
            throw notFound(
                subject, unusable.isEmpty ? "it holds no key, or is locked" : "it holds no key that is used here",
                "add one with: ssh-add FILE; unlock it with: ssh-add -X")
        }
        let found = usable.filter { key in
            switch selection {
            case .only: true
            case .fingerprint(let text): key.publicKey.fingerprint == Self.normalized(text)
            case .publicKey(let publicKey): key.publicKey == publicKey
            case .comment(let comment): key.comment == comment
            }
        }
        guard let key = found.first else {
            throw notFound(subject, "none of its \(usable.count) keys is \(selection)", "see: ssh-add -l")
        }
        // The same key may have been added under two comments.
        guard found.allSatisfy({ $0.publicKey == key.publicKey }) else {
            throw notFound(
                subject, "it holds \(found.count) keys, and which one is meant is not clear",
                "choose one by its fingerprint: " + found.prefix(8).map(\.publicKey.fingerprint).joined(separator: ", ")
            )
        }
        return key
    }

    private func notFound(_ subject: String, _ reason: String, _ advice: String) -> CryptographyError {
        var text = reason
        if let first = unusable.first {
            text += " (\(unusable.count) of kinds that are not used here, as \(first.comment.prefix(64)))"
        }
        return CryptographyError(
            code: .keyNotFound, doing: Self.choosing, subject: subject, reason: text, advice: advice)
    }

    /// With the prefix, without padding.
    private static func normalized(_ fingerprint: String) -> String {
        let prefix = "SHA256:"
        let digits = fingerprint.hasPrefix(prefix) ? fingerprint.dropFirst(prefix.count) : fingerprint[...]
        return prefix + digits.prefix { $0 != "=" }
    }
}

extension SSHAgentKeys.Selection: CustomStringConvertible {
    public var description: String {
        switch self {
        case .only: "the only one"
        case .fingerprint(let text): text
        case .publicKey(let key): key.description
        case .comment(let text): "called \(text)"
        }
    }
}
