internal import StructuredText

/// What is said of a name that is none of those known.
enum NameSuggestion {
    static func advice(for name: String, among known: [String]) -> String {
        NameDistance.nearest(to: name, in: known).map { "did you mean \($0)?" }
            ?? "there are: \(known.joined(separator: ", "))"
    }

    /// The name as far as a message needs it.
    static func shown(_ name: String) -> String { String(name.unicodeScalars.prefix(64)) }
}
