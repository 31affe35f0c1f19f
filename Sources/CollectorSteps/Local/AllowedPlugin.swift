internal import Cryptography

/// A plugin that the operator lets run: its name, and what it must be.
public struct AllowedPlugin: Hashable, Sendable {
    /// As the step's argv has it.
    let name: String
    /// Of the executable.
    let digest: SHA256Digest

    /// `NAME@SHA256`, the digest in 64 lower-case hex digits; nil for anything else.
    public init?(_ text: String) {
        guard let at = text.lastIndex(of: "@"), at > text.startIndex,
            let digest = SHA256Digest(hex: text[text.index(after: at)...])
        else { return nil }
        name = String(text[..<at])
        self.digest = digest
    }
}
