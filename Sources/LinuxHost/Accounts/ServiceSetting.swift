/// A line of a configuration that decides who gets in: of `sshd`, or of PAM.
package struct ServiceSetting: Hashable, Sendable {
    package var path: RawText
    package var line: Int
    /// In `sshd_config` the keyword in small letters; of PAM the type, as `auth`.
    package var keyword: String
    /// Of PAM the control and the module, without its arguments, since some are passwords.
    package var value: RawText
    /// The `Match` that it is below.
    package var condition: RawText?
    /// The file that a module is, where the line says so.
    package var module: RawText?
}

extension ServiceSetting: FieldRecord {
    package static let fieldNames = ["path", "line", "keyword", "value", "condition", "module"]

    package func write(to writer: inout some FieldWriter) {
        writer.field("path", .raw(path))
        writer.field("line", .number(line))
        writer.field("keyword", .text(keyword))
        writer.field("value", .raw(value))
        writer.field("condition", condition.map { .raw($0) })
        writer.field("module", module.map { .raw($0) })
    }
}

extension ServiceSetting {
    /// The server's settings, in the order of its files. Source: sshd_config(5).
    package static func sshServer(_ tree: HostTree, _ failures: inout FailureLog) -> [ServiceSetting] {
        var paths: [RawText] = ["/etc/ssh/sshd_config"]
        for entry in tree.list("/etc/ssh/sshd_config.d", &failures) where entry.name.bytes.ends(with: ".conf") {
            paths.append(entry.path)
        }
        return paths.flatMap { path -> [ServiceSetting] in
            guard let file = tree.read(path, &failures) else { return [] }
            var condition: RawText?
            return words(of: file).map { line, words in
                let keyword = String(decoding: words[0], as: UTF8.self).lowercased()
                let value = RawText(Array(words.dropFirst().joined(separator: [0x20])))
                if keyword == "match" { condition = value }
                return ServiceSetting(
                    path: path, line: line, keyword: keyword, value: value,
                    condition: keyword == "match" ? nil : condition)
            }
        }
    }

    /// Where the server looks for keys, by its settings.
    package static func keyFiles(_ settings: [ServiceSetting]) -> [String] {
        let said = settings.filter { $0.keyword == "authorizedkeysfile" }.flatMap {
            $0.value.string.split(separator: " ").map { $0.filter { $0 != "\"" } }
        }
        // A setting for some may leave the default for others.
        var patterns = [".ssh/authorized_keys", ".ssh/authorized_keys2"]
        for pattern in said.prefix(100) where !patterns.contains(pattern) { patterns.append(pattern) }
        return patterns
    }

    /// The stacks of PAM. Source: pam.conf(5).
    package static func pam(_ tree: HostTree, _ failures: inout FailureLog) -> [ServiceSetting] {
        var settings: [ServiceSetting] = []
        for folder: RawText in ["/etc/pam.d", "/usr/lib/pam.d"] {
            for entry in tree.list(folder, &failures) where entry.status.kind == .regular {
                guard let file = tree.read(entry.path, &failures) else { continue }
                for (line, words) in words(of: file) {
                    let keyword = String(decoding: words[0].prefix(64), as: UTF8.self)
                    if keyword == "@include" {
                        settings.append(
                            ServiceSetting(
                                path: entry.path, line: line, keyword: keyword,
                                value: RawText(Array(words.dropFirst().first ?? []))))
                        continue
                    }
                    // `[success=1 default=ignore]` is one control.
                    var control = words.dropFirst().prefix(1)
                    if control.first?.first == UInt8(ascii: "[") {
                        let end = words.dropFirst().firstIndex { $0.last == UInt8(ascii: "]") } ?? 1
                        control = words[1...min(max(end, 1), words.count - 1)]
                    }
                    let module = words.dropFirst(1 + control.count).first.map { RawText(Array($0)) }
                    settings.append(
                        ServiceSetting(
                            path: entry.path, line: line, keyword: keyword,
                            value: RawText(Array(control.joined(separator: [0x20]))), module: module))
                }
            }
        }
        return settings
    }

    /// The words of each line that is no comment; between keyword and value there may also be a `=`.
    private static func words(of file: TreeFile) -> [(line: Int, words: [ArraySlice<UInt8>])] {
        file.lines.enumerated().compactMap { index, line in
            let bare = line.prefix { $0 != UInt8(ascii: "#") }
            let words = bare.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            return words.isEmpty ? nil : (index + 1, Array(words))
        }
    }
}

extension [UInt8] {
    package func ends(with text: String) -> Bool {
        suffix(text.utf8.count).elementsEqual(text.utf8)
    }
}
