/// A line of `sudoers`, or of a file that it includes.
///
/// Source: sudoers(5).
package struct SudoRule: Hashable, Sendable {
    package enum Kind: String, Sendable {
        case rule, defaults, alias, include
    }

    package var path: RawText
    /// Where it begins, from 1.
    package var line: Int
    package var kind: Kind
    /// With its continuations, without its comment.
    package var text: RawText
    /// Whether a rule lets somebody do something without a password.
    package var isWithoutPassword: Bool
    /// Whether sudo passes over the file, for its name has a dot in it or ends with `~`.
    package var isIgnored: Bool
}

extension SudoRule: FieldRecord {
    package static let fieldNames = ["path", "line", "kind", "text", "without_password", "ignored"]

    package func write(to writer: inout some FieldWriter) {
        writer.field("path", .raw(path))
        writer.field("line", .number(line))
        writer.field("kind", .text(kind.rawValue))
        writer.field("text", .raw(text))
        writer.field("without_password", .flag(isWithoutPassword))
        writer.field("ignored", isIgnored ? .flag(true) : nil)
    }
}

extension SudoRule {
    /// Files that one leads to: sudo itself stops at 128 levels.
    private static let mostFiles = 200

    /// Reads `sudoers` and what it includes, in order.
    package static func read(_ tree: HostTree, _ failures: inout FailureLog) -> [SudoRule] {
        var rules: [SudoRule] = []
        var waiting: [(path: RawText, isIgnored: Bool)] = [("/etc/sudoers", false)]
        var seen: Set<RawText> = []
        func addFolder(_ folder: RawText) {
            for entry in tree.list(folder, &failures) where entry.status.kind != .directory {
                let name = entry.name.bytes
                waiting.append((entry.path, name.contains(0x2E) || name.last == UInt8(ascii: "~")))
            }
        }
        // Also where `sudoers` cannot be read, or no longer includes it.
        addFolder("/etc/sudoers.d")
        while !waiting.isEmpty, seen.count < mostFiles {
            let (path, isIgnored) = waiting.removeFirst()
            guard seen.insert(path).inserted, let file = tree.read(path, &failures) else { continue }
            for (line, text) in logicalLines(file) {
                let rule = SudoRule(path, line, text, isIgnored)
                rules.append(rule)
                guard rule.kind == .include else { continue }
                let words = text.split(separator: 0x20).flatMap { $0.split(separator: 0x09) }
                guard words.count > 1 else { continue }
                let named = words[1].filter { $0 != 0x22 }
                let target = RawText(named.first == 0x2F ? named : Array("/etc/".utf8) + named)
                if words[0].dropFirst().elementsEqual("includedir".utf8) {
                    if target != "/etc/sudoers.d" { addFolder(target) }
                } else {
                    waiting.append((target, false))
                }
            }
        }
        if !waiting.isEmpty {
            failures.record(
                HostError(.limitReached, "read", "/etc/sudoers", reason: "it leads to more than \(mostFiles) files"))
        }
        return rules
    }

    private init(_ path: RawText, _ line: Int, _ text: [UInt8], _ isIgnored: Bool) {
        let word = text.prefix { $0 != 0x20 && $0 != 0x09 }
        let name = String(decoding: word, as: UTF8.self)
        let kind: Kind =
            if ["@include", "#include", "@includedir", "#includedir"].contains(name) {
                .include
            } else if name.hasPrefix("Defaults") {
                .defaults
            } else if name.hasSuffix("_Alias") {
                .alias
            } else {
                .rule
            }
        self.kind = kind
        self.path = path
        self.line = line
        self.text = RawText(text)
        self.isIgnored = isIgnored
        let words = text.split { !($0 &- 0x41 < 26 || $0 &- 0x61 < 26 || $0 == UInt8(ascii: "!") || $0 == 0x5F) }
        isWithoutPassword = words.contains {
            (kind == .rule && $0.elementsEqual("NOPASSWD".utf8))
                || (kind == .defaults && $0.elementsEqual("!authenticate".utf8))
        }
    }

    /// Lines with those that go on with them (`\` at the end), without comments and blanks around them.
    private static func logicalLines(_ file: TreeFile) -> [(line: Int, text: [UInt8])] {
        var found: [(line: Int, text: [UInt8])] = []
        var text: [UInt8] = []
        var start = 1
        for (index, line) in file.lines.enumerated() {
            if text.isEmpty { start = index + 1 }
            if line.last == UInt8(ascii: "\\") {
                text += line.dropLast()
                continue
            }
            text += line
            let bare = withoutComment(text)
            if !bare.isEmpty { found.append((start, bare)) }
            text = []
        }
        let bare = withoutComment(text)
        if !bare.isEmpty { found.append((start, bare)) }
        return found
    }

    private static func withoutComment(_ line: [UInt8]) -> [UInt8] {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        var line = Array(line.drop(while: isBlank))
        if !line.starts(with: "#include".utf8) {
            // `#1000` is a user's number.
            var index = 0
            while index < line.count {
                let isDigit = index + 1 < line.count && line[index + 1] &- 0x30 < 10
                if line[index] == UInt8(ascii: "#"), !isDigit, index == 0 || line[index - 1] != UInt8(ascii: "\\") {
                    line.removeSubrange(index...)
                    break
                }
                index += 1
            }
        }
        while let last = line.last, isBlank(last) { line.removeLast() }
        return line
    }
}
