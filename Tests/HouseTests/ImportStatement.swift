/// An import found in a source.
struct ImportStatement: Equatable {
    /// The top-level module: `Foundation` for `import struct Foundation.URL`.
    var module: String
    /// From 1.
    var line: Int

    /// Every import of a source, inactive branches of `#if` included.
    static func all(in text: SwiftText) -> [ImportStatement] {
        var found: [ImportStatement] = []
        for (index, line) in text.code.enumerated() where line.contains("import") {
            var words = line.split {
                !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "." || $0 == ":" || $0 == "`")
            }[...]
            while let word = words.popFirst() {
                guard word == "import", let next = words.first else { continue }
                let path = kinds.contains(next) ? words.dropFirst().first ?? next : next
                found.append(ImportStatement(module: String(path.prefix { $0 != "." && $0 != ":" }), line: index + 1))
            }
        }
        return found
    }

    /// What may stand between `import` and the path of a single declaration.
    private static let kinds: Set<Substring> = [
        "struct", "class", "enum", "protocol", "typealias", "func", "let", "var",
    ]
}
