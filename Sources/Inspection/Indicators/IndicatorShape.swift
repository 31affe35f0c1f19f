/// Tells what an indicator is: by what was said of it, else by its shape.
enum IndicatorShape {
    /// Why something is not an indicator.
    struct Refusal: Error, Equatable {
        let reason: String
    }

    static let shortestText = 3
    static let longestText = 2_048

    /// - Parameter kind: what it was said to be; nil when nothing was.
    static func indicator(_ text: some StringProtocol, kind: Indicator.Kind? = nil) throws(Refusal) -> Indicator {
        let text = Substring(text).trimmed
        guard let kind else {
            if let colon = text.firstIndex(of: ":"), let said = Indicator.Kind(rawValue: text[..<colon].lowercased()) {
                return try indicator(text[text.index(after: colon)...].trimmed, as: said)
            }
            return try indicator(text, as: guess(Defanged.restored(text)))
        }
        return try indicator(text, as: kind)
    }

    private static func indicator(_ given: Substring, as kind: Indicator.Kind) throws(Refusal) -> Indicator {
        guard !given.isEmpty else { throw Refusal(reason: "there is nothing behind what it is said to be") }
        guard given.utf8.count <= longestText else { throw Refusal(reason: "it is longer than \(longestText) bytes") }
        // A text is as it stands: it may be one that is defanged.
        let text = kind == .text ? String(given) : Defanged.restored(given)
        switch kind {
        case .sha256, .sha1, .md5:
            guard text.utf8.count == kind.hashDigits, text.utf8.allSatisfy(\.isHexDigit) else {
                throw Refusal(reason: "a \(kind.rawValue) has \(kind.hashDigits ?? 0) hexadecimal digits")
            }
            // Some lists have them by accident.
            guard !emptyHashes.contains(text.lowercased()) else {
                throw Refusal(reason: "it is the hash of a file without content")
            }
            return Indicator(kind, text.lowercased())
        case .address:
            guard let number = NetworkNumber(address: Array(text.utf8)) else {
                // Lists have networks among their addresses.
                if text.contains("/") { return try indicator(given, as: .network) }
                throw Refusal(reason: "it is no IP address")
            }
            return Indicator(.address, number.text)
        case .network:
            guard let number = NetworkNumber(network: text) else {
                throw Refusal(reason: "it is no network: write 10.0.0.0/8")
            }
            return Indicator(number.prefix == number.width ? .address : .network, number.text)
        case .domain:
            var name = Substring(text.lowercased())
            if name.hasPrefix("*.") { name = name.dropFirst(2) }
            if name.hasSuffix(".") { name = name.dropLast() }
            guard isDomain(name) else { throw Refusal(reason: "it is no domain name") }
            return Indicator(.domain, String(name))
        case .url:
            guard let host = URLShape.hostEnd(text) else { throw Refusal(reason: "it is no URL") }
            // Scheme and host are the same in either case, a path is not.
            return Indicator(.url, text[..<host].lowercased() + text[host...])
        case .name, .path, .text:
            guard text.utf8.count >= shortestText else {
                throw Refusal(reason: "it is shorter than \(shortestText) bytes, and would be found anywhere")
            }
            guard !text.utf8.contains(0) else { throw Refusal(reason: "it has a NUL in it") }
            return Indicator(kind, text)
        }
    }

    private static let emptyHashes: Set<String> = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "d41d8cd98f00b204e9800998ecf8427e",
    ]

    private static func guess(_ text: String) -> Indicator.Kind {
        let bytes = text.utf8
        if bytes.allSatisfy(\.isHexDigit),
            let hash = Indicator.Kind.allCases.first(where: { $0.hashDigits == bytes.count })
        {
            return hash
        }
        if NetworkNumber(address: Array(bytes)) != nil { return .address }
        if NetworkNumber(network: text) != nil { return .network }
        if text.contains("://") { return URLShape.hostEnd(text) == nil ? .text : .url }
        if text.hasPrefix("/") || text.hasPrefix("~/") || text.hasPrefix("./") || text.hasPrefix("../") { return .path }
        if bytes.contains(where: { $0 <= 0x20 }) { return .text }
        let name = text.hasPrefix("*.") ? text.dropFirst(2) : text[...]
        if isDomain(name) { return endsAsFile(name) ? .name : .domain }
        if bytes.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ":") }) {
            // evil.com/x, 1.2.3.4:8080: but not etc/passwd.
            let host = text.prefix { $0 != "/" && $0 != ":" }
            let isHost = NetworkNumber(address: Array(host.utf8)) != nil || isDomain(host) && !endsAsFile(host)
            // 10.0.0.0/33, 2001:db8::/129: meant as a network, and none.
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            if parts.count == 2, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), !parts[1].isEmpty,
                NetworkNumber(address: Array(parts[0].utf8)) != nil
            {
                return .network
            }
            if isHost, URLShape.hostEnd(text) != nil { return .url }
        }
        if text.contains("/") { return text.hasSuffix("/") || !text.contains("//") ? .path : .text }
        return endsAsFile(name) && !text.contains("\\") ? .name : .text
    }

    /// Labels of letters, digits, hyphens and underscores, the last of which no number.
    static func isDomain(_ text: some StringProtocol) -> Bool {
        guard (4...253).contains(text.utf8.count) else { return false }
        let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count >= 2, let last = labels.last, last.count >= 2 else { return false }
        let isTop = last.allSatisfy(\.isLetter) || last.starts(with: "xn--".utf8)
        return isTop && labels.allSatisfy { label in (1...63).contains(label.count) && label.allSatisfy(\.isOfDomain) }
    }

    /// Whether a name ends as those of files do. Some of these endings are domains, too: `domain:` in front says so.
    private static func endsAsFile(_ text: some StringProtocol) -> Bool {
        guard let dot = text.lastIndex(of: "."), dot != text.startIndex else { return false }
        return fileEndings.contains(text[text.index(after: dot)...].lowercased())
    }

    private static let fileEndings: Set<String> = [
        "7z", "apk", "asp", "aspx", "bak", "bash", "bat", "bin", "c", "cfg", "class", "cmd", "conf", "config", "cpp",
        "cron",
        "csv", "dat", "db", "deb", "dll", "doc", "docm", "docx", "elf", "exe", "gz", "h", "hta", "htm", "html", "ini",
        "iso",
        "jar", "jpg", "js", "json", "jsp", "jspx", "key", "ko", "lnk", "log", "lua", "md", "msi", "o", "out", "pdf",
        "pem",
        "php", "pl", "png", "ps1", "py", "pyc", "rar", "rb", "rpm", "rs", "sct", "service", "sh", "sha256", "so",
        "sock",
        "sql", "sys", "tar", "tgz", "timer", "tmp", "txt", "vbs", "war", "xls", "xlsm", "xlsx", "xml", "xz", "yaml",
        "yml",
        "zip", "zst",
    ]
}

/// Where the parts of a URL are.
enum URLShape {
    /// Where the host and port of a URL end; nil when it is none.
    static func hostEnd(_ text: String) -> String.Index? {
        var rest = text[...]
        if let scheme = text.range(ofASCII: "://") {
            let name = text[..<scheme.lowerBound]
            guard let first = name.utf8.first, first.isLetter,
                name.utf8.allSatisfy({ $0.isLetter || $0.isDigit || "+-.".utf8.contains($0) })
            else { return nil }
            rest = text[scheme.upperBound...]
        }
        let host = rest.prefix { !"/?#".contains($0) }
        guard host.utf8.count >= 3, !host.utf8.contains(where: { $0 <= 0x20 }) else { return nil }
        return host.endIndex
    }
}

/// Indicators as people write them so that nobody follows them by accident.
enum Defanged {
    /// As it was: `hxxp://evil[.]com` is `http://evil.com`.
    static func restored(_ text: some StringProtocol) -> String {
        var text = String(text)
        guard
            text.utf8.contains(where: { "[({".utf8.contains($0) }) || text.utf8.starts(with: "hxxp".utf8)
                || text.utf8.starts(with: "hXXp".utf8) || text.utf8.starts(with: "fxp".utf8)
        else { return text }
        for (defanged, plain) in brackets { text = text.replacing(ascii: defanged, with: plain) }
        for (defanged, plain) in [("hxxp", "http"), ("hXXp", "http"), ("fxp", "ftp")] where text.hasPrefix(defanged) {
            text = plain + text.dropFirst(defanged.count)
        }
        return text
    }

    private static let brackets: [(String, String)] = [
        ("[.]", "."), ("(.)", "."), ("{.}", "."), ("[dot]", "."), ("(dot)", "."), ("[:]", ":"), ("[://]", "://"),
        ("[/]", "/"), ("[@]", "@"), ("[at]", "@"), ("[.", "."), (".]", "."),
    ]
}
