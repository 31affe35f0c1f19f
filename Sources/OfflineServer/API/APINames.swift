/// Which names are served: clients make paths of files of them, as kubectl does of groups for its cache of discovery.
enum APINames {
    /// A DNS label (RFC 1123).
    static func isLabel(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard (1...63).contains(bytes.count), bytes[0] != dash, bytes[bytes.count - 1] != dash else { return false }
        return bytes.allSatisfy { isLower($0) || isDigit($0) || $0 == dash }
    }

    /// Labels with dots between them; empty for the core.
    static func isGroup(_ text: String) -> Bool {
        text.isEmpty
            || text.utf8.count <= 253
                && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isLabel(String($0)) }
    }

    static func isKind(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 253 else { return false }
        return isLetter(first) && text.utf8.allSatisfy { isLetter($0) || isDigit($0) }
    }

    /// A label, and that of a subresource.
    static func isResource(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count <= 2 && parts.allSatisfy { isLabel(String($0)) }
    }

    /// Group and version of a text; nil where it is none.
    static func groupVersion(_ text: String) -> (group: String, version: String)? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, let version = parts.last, isLabel(version) else { return nil }
        guard parts.count == 2 else { return ("", version) }
        return isGroup(parts[0]) && !parts[0].isEmpty ? (parts[0], version) : nil
    }

    private static let dash = UInt8(ascii: "-")
    private static func isLower(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) && byte >= 0x41 }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
