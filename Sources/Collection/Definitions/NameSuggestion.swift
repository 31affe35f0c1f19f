internal import StructuredText

/// What is said of a name that is none of those known.
enum NameSuggestion {
    static func advice(for name: String, among known: [String]) -> String {
        NameDistance.nearest(to: name, in: known).map { "did you mean \($0)?" }
            ?? "there are: \(known.joined(separator: ", "))"
    }

    /// The name as far as a message needs it: what steers a terminal becomes U+FFFD.
    static func shown(_ name: String) -> String {
        String(
            String.UnicodeScalarView(
                name.unicodeScalars.prefix(64).map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
                    default: scalar
                    }
                }))
    }
}
