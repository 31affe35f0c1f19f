/// What the first few kilobytes of a file say of a list of objects.
enum ListBeginning {
    /// `items:` in the first column: what comes before it is short.
    static func isYAMLList(_ text: [UInt8]) -> Bool {
        text.starts(with: items) || has([0x0A] + items, text)
    }

    /// `items: []`, or null.
    static func isEmpty(_ text: [UInt8]) -> Bool {
        let lines = text.split(separator: 0x0A).map { String(decoding: $0.prefix(100), as: UTF8.self) }
        return lines.contains { ["items: []", "items: null", "items:", "items: ~"].contains($0.trimmed) }
    }

    /// The type of the items of a `PodList`, where it stands before them; nil for a `List` of anything.
    static func type(_ text: [UInt8], _ form: FileRole.ObjectText) -> ObjectType? {
        // Of most files: each is looked at, and there may be a million.
        guard has(list, text) else { return nil }
        let head = String(decoding: text.prefix(4_096), as: UTF8.self)
        guard let envelope = head.split(separator: form == .yaml ? "\nitems:" : "\"items\"", maxSplits: 1).first else {
            return nil
        }
        guard let kind = value("kind", in: envelope, form), kind.hasSuffix("List"), kind != "List" else { return nil }
        return ObjectType(apiVersion: value("apiVersion", in: envelope, form) ?? "v1", kind: String(kind.dropLast(4)))
    }

    private static let items = Array("items:".utf8)
    private static let list = Array("List".utf8)

    /// Whether bytes stand anywhere in others. `firstRange(of:)` takes a hundred times as long.
    private static func has(_ word: [UInt8], _ text: [UInt8]) -> Bool {
        text.withUnsafeBufferPointer { text in
            guard let first = word.first, text.count >= word.count else { return false }
            return (0...(text.count - word.count)).contains { start in
                text[start] == first && text[start..<start + word.count].elementsEqual(word)
            }
        }
    }

    private static func value(_ key: String, in envelope: Substring, _ form: FileRole.ObjectText) -> String? {
        let parts: [Substring]
        switch form {
        case .yaml:
            guard let line = envelope.split(separator: "\n").first(where: { $0.hasPrefix(key + ":") }) else {
                return nil
            }
            parts = [line.dropFirst(key.count + 1)]
        case .json:
            parts = Array(
                envelope.split(separator: "\"\(key)\"", maxSplits: 1, omittingEmptySubsequences: false).dropFirst())
        }
        guard let rest = parts.first else { return nil }
        let word = rest.drop { " :\"".contains($0) }.prefix { $0.isLetter || $0.isNumber || "./-".contains($0) }
        return word.isEmpty ? nil : String(word)
    }
}

extension String {
    /// Without blanks at its end.
    fileprivate var trimmed: String {
        var text = self[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
