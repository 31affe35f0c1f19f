/// Text from a container or cluster, made fit for one line of the ledger.
package enum TextSafety {
    /// Control and format characters (also those that turn the direction of writing) become U+FFFD; at most 300 characters.
    package static func oneLine(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(300).map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
                    default: scalar
                    }
                }))
    }

    /// The first line that says something, fit for the ledger; nil when there is none.
    static func firstLine(_ text: String) -> String? {
        text.split(whereSeparator: \.isNewline).first.map { oneLine(String($0)) }
    }
}
