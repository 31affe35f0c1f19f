/// What a URL may be that something is asked for from the operator's machine: `http` or `https`, a host, perhaps a port, a path
/// and a query. Source: RFC 3986.
public enum URLText {
    /// Why a text is none, as the end of a sentence that begins with what it is for; nil when it is one.
    ///
    /// A user and a password in it are refused: a URL is recorded. So is a fragment, which is never sent.
    public static func objection(to text: String) -> String? {
        guard let scheme = ["http://", "https://"].first(where: { text.lowercased().hasPrefix($0) }) else {
            return "must be a URL that begins with http:// or https://"
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !#""<>\^`{|}"#.utf8.contains($0) }) else {
            return "must be a URL of plain ASCII: what else there is in it is written as %HH"
        }
        guard !text.contains("#") else { return "must be a URL without a fragment (#)" }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else { return userWords }
        guard isAuthority(authority) else {
            return "must be a URL with a host, and a port from 1 to 65535 if it has one"
        }
        let query = rest.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
        let names = query.split(whereSeparator: { "&;".contains($0) }).map { $0.prefix { $0 != "=" } }
        guard !names.contains(where: { CollectorParameter.meansSecret(String($0)) }) else {
            return "must not be a URL with what looks like a secret in its query: it is recorded, "
                + "and secrets come from environment variables"
        }
        return nil
    }

    static let userWords =
        "must not be a URL with a user or password: it is recorded, and secrets come from environment variables"

    /// Whether there may be a URL of any scheme with user info in a text.
    ///
    /// Programs differ in where the user info ends: libpq takes `/`, `?`, `#` and blanks for characters of a password. So any `@`
    /// behind `://` counts; and without `://` one behind a `:` (`user:password@host`) or before `//` (`user/password@//host`,
    /// as Oracle has it), but not that of a digest (`registry:5000/image@sha256:…`).
    static func hasUser(in text: String) -> Bool {
        [text, decoded(text)].contains { text in
            if let range = text.firstRange(of: "://"), text[range.upperBound...].contains("@") { return true }
            if text.contains("@//") { return true }
            return text.split(separator: " ").contains { word in
                guard let colon = word.firstIndex(of: ":"), let at = word[colon...].firstIndex(of: "@") else {
                    return false
                }
                return !word[at...].hasPrefix("@sha256:") && !word[at...].hasPrefix("@sha512:")
            }
        }
    }

    /// A text with each `%HH` as what it stands for. Source: RFC 3986, section 2.1.
    static func decoded(_ text: String) -> String {
        guard text.utf8.contains(0x25) else { return text }
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == 0x25, rest.count >= 2, rest.prefix(2).allSatisfy(isHexDigit),
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                result.append(value)
                rest.removeFirst(2)
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isAuthority(_ text: Substring) -> Bool {
        let host: Substring
        let port: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return false }
            host = text[text.index(after: text.startIndex)..<end]
            port = text[text.index(after: end)...]
            guard host.contains(":"), host.utf8.allSatisfy({ isHexDigit($0) || $0 == 0x3A || $0 == 0x2E }) else {
                return false
            }
        } else {
            host = text.prefix { $0 != ":" }
            port = text.dropFirst(host.count)
            // Letters, digits, `.`, `-` and `_`: names as DNS and as clusters have them.
            guard host.utf8.count <= 253, !host.isEmpty, !host.hasPrefix("-"),
                host.utf8.allSatisfy({
                    $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F
                })
            else { return false }
        }
        if port.isEmpty { return true }
        let digits = port.dropFirst()
        return port.hasPrefix(":") && digits.utf8.allSatisfy { $0 &- 0x30 < 10 } && digits.utf8.count <= 5
            && Int(digits).map { (1...65_535).contains($0) } == true
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 6 }
}
