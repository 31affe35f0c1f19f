/// The address of an API server, taken apart.
struct ServerURL: Hashable, Sendable {
    let isTLS: Bool
    /// Without the brackets of an IPv6 address.
    let host: String
    let port: Int
    /// Begins with a slash and does not end with one, or is empty.
    let path: String

    /// `http` or `https`, a host, perhaps a port and a path; no user, query or fragment. A missing scheme means https, as for
    /// kubectl.
    init?(_ text: String) {
        var rest = Substring(text)
        let lowered = text.lowercased()
        if lowered.hasPrefix("https://") {
            isTLS = true
            rest = rest.dropFirst(8)
        } else if lowered.hasPrefix("http://") {
            isTLS = false
            rest = rest.dropFirst(7)
        } else {
            guard !text.contains("://") else { return nil }
            isTLS = true
        }
        let authority = rest.prefix { $0 != "/" }
        var path = String(rest.dropFirst(authority.count))
        while path.hasSuffix("/") { path.removeLast() }
        guard path.isEmpty || RequestPath.isValidPath(path) else { return nil }
        self.path = path
        let portText: Substring
        if authority.hasPrefix("[") {
            let inside = authority.dropFirst().prefix { $0 != "]" }
            let after = authority.dropFirst(inside.count + 2)
            guard after.isEmpty || after.hasPrefix(":"), authority.dropFirst(inside.count + 1).hasPrefix("]"),
                inside.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit || $0 == 0x3A || $0 == 0x2E })
            else { return nil }
            host = String(inside)
            portText = after.dropFirst()
        } else {
            let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count <= 2,
                parts[0].utf8.allSatisfy({
                    Character(Unicode.Scalar($0)).isLetter && $0 < 0x80 || (0x30...0x39).contains($0)
                        || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F
                })
            else { return nil }
            host = String(parts[0])
            portText = parts.count == 2 ? parts[1] : ""
        }
        guard !host.isEmpty else { return nil }
        if portText.isEmpty {
            port = isTLS ? 443 : 80
        } else {
            guard let number = UInt16(portText), number > 0 else { return nil }
            port = Int(number)
        }
    }

    /// As it goes before a path, with another host when one is given.
    func text(host other: String? = nil) -> String {
        "\(isTLS ? "https" : "http")://\(authority(host: other ?? host))\(path)"
    }

    var text: String { text() }

    /// `host:port`, the header `Host`.
    var authority: String { authority(host: host) }

    private func authority(host: String) -> String {
        "\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
