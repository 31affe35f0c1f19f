/// The text of a configuration without what may be a secret in it: passwords, tokens, keys, credentials of registries, values of
/// environments.
///
/// It goes by lines, whatever the format (YAML, TOML, INI, JSON over several lines), and errs on the side of leaving out: a value by the
/// name of its key, by how it looks, and with all that is below it. What was left out is said in its place.
package struct RedactedSettings: Sendable {
    package private(set) var text: [UInt8] = []
    /// Lines of which something was left out.
    package private(set) var leftOut = 0

    private static let mark = "(left out)"
    /// In a name these say that the value is none to be kept.
    private static let words = [
        "password", "passwd", "passphrase", "secret", "token", "apikey", "api_key", "api-key", "accesskey",
        "access_key",
        "access-key", "credential", "private", "bearer", "cookie", "header", "key-data", "key_data", "keydata",
        "basic_auth", "authorization=", "authorization\"",
    ]
    /// These are such names only as a whole.
    private static let names: Set<String> = ["auth", "value", "pass", "pwd", "psk", "key"]

    /// What is deeper than this is below something that was left out.
    private var hiddenBelow: Int?
    private var isInSecretSection = false
    /// What ends a text of several lines that is being left out.
    private var closing: String?

    package init(_ bytes: [UInt8]) {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        for line in lines {
            if line.count > TreeFile.mostLineBytes {
                leaveOut("")
            } else {
                take(String(decoding: line, as: UTF8.self))
            }
            text.append(0x0A)
        }
    }

    private mutating func take(_ line: String) {
        let bare = line.drop { $0 == " " || $0 == "\t" }
        let depth = line.utf8.count - bare.utf8.count
        if let end = closing {
            if line.contains(end) { closing = nil }
            return leaveOut(line.prefix(0))
        }
        if let begin = hiddenBelow {
            // In a list below a key the items may be no deeper than the key.
            if bare.isEmpty || depth > begin || (depth == begin && bare.hasPrefix("- ")) {
                return leaveOut(line.prefix(0))
            }
            hiddenBelow = nil
        }
        let lower = bare.lowercased()
        if lower.contains("-----begin") {
            closing = lower.contains("-----end") ? nil : "-----END"
            return leaveOut(line.prefix(depth))
        }
        if bare.hasPrefix("[") {
            // A section of TOML or INI.
            isInSecretSection = Self.isSecret(name: lower) || lower.hasSuffix(".auth]") || lower.hasSuffix("headers]")
        }
        let (head, value) = Self.parts(line)
        let isSecret = Self.isSecret(name: head.lowercased()) || Self.isSecret(text: lower)
        // A name with nothing behind it has what is below it.
        if isSecret || (isInSecretSection && !bare.hasPrefix("[")), !Self.isHarmless(value, name: lower) {
            return leaveOut(head, depth, value)
        }
        if Self.looksSecret(value) { return leaveOut(head, depth, value) }
        text += Array(line.utf8)
    }

    private mutating func leaveOut(_ head: Substring, _ depth: Int, _ value: Substring) {
        hiddenBelow = depth
        for quotes in ["\"\"\"", "'''"] where value.hasPrefix(quotes) && !value.dropFirst(3).contains(quotes) {
            closing = quotes
        }
        leaveOut(head)
    }

    private mutating func leaveOut(_ head: Substring) {
        leftOut += 1
        text += Array("\(head)\(Self.mark)".utf8)
    }

    /// A line up to and with what separates key and value, and the value.
    private static func parts(_ line: String) -> (head: Substring, value: Substring) {
        guard let separator = line.firstIndex(where: { $0 == ":" || $0 == "=" }) else {
            let head = line.prefix { " \t-".contains($0) }
            return (head, line[head.endIndex...])
        }
        var start = line.index(after: separator)
        while start < line.endIndex, line[start] == " " || line[start] == "\t" { start = line.index(after: start) }
        return (line[..<start], line[start...])
    }

    private static func isSecret(name: String) -> Bool {
        let bare = name.filter { !" \t-\"':=[]{},".contains($0) }
        return names.contains(bare) || words.contains { name.contains($0) }
    }

    /// Several keys on one line, or a flag with its value.
    private static func isSecret(text: String) -> Bool { words.contains { text.contains($0) } }

    /// What is no secret whatever its name: a switch, and the path of a file where the name says that it is one.
    private static func isHarmless(_ value: Substring, name: String) -> Bool {
        let bare = value.filter { !"\"', \t".contains($0) }
        if ["true", "false", "null", "~", "{}", "[]"].contains(bare) { return true }
        return bare.hasPrefix("/") && !bare.contains("=") && !bare.contains(":")
            && ["file", "path", "dir"].contains { name.contains($0) }
    }

    /// Credentials in a URL, and long runs of what no word is.
    private static func looksSecret(_ value: Substring) -> Bool {
        if let scheme = value.range(ofText: "://"), value[scheme...].prefix(while: { $0 != "/" }).contains("@") {
            return true
        }
        var run = 0
        var kinds: Set<Int> = []
        for byte in value.utf8 {
            switch byte {
            case 0x30...0x39: kinds.insert(0)
            case 0x41...0x5A: kinds.insert(1)
            case 0x61...0x7A: kinds.insert(2)
            case UInt8(ascii: "+"), UInt8(ascii: "_"), UInt8(ascii: "="): break
            default:
                run = 0
                kinds = []
                continue
            }
            run += 1
            if run >= 24, kinds.count == 3 || (run >= 32 && kinds.count == 2) {
                // Digests of images are none.
                return !value.contains("sha256:")
            }
        }
        return false
    }
}

extension Substring {
    /// Where what is behind a text begins.
    fileprivate func range(ofText text: String) -> Index? {
        var at = startIndex
        while at < endIndex {
            if self[at...].hasPrefix(text) { return index(at, offsetBy: text.count) }
            at = index(after: at)
        }
        return nil
    }
}
