/// Makes text fit for headers and the messages of a `Status`: it may come from a capture, and clients print it to terminals.
public enum SafeText {
    /// Bytes of a line; what is longer is cut, with `…` at its end.
    static let longest = 512

    /// Blanks for control characters, line ends, and what changes the direction of text or cannot be seen.
    public static func line(_ text: String) -> String { line(text, atMost: longest) }

    static func line(_ text: String, atMost bytes: Int) -> String {
        var result = ""
        var count = 0
        for scalar in text.unicodeScalars {
            count += UTF8.width(scalar)
            guard count <= bytes else { return result + "…" }
            result.unicodeScalars.append(isShown(scalar) ? scalar : " ")
        }
        return result
    }

    /// The value of a header `Warning`, as kubectl shows it: `299 - "words"` (RFC 7234, section 5.5). An answer has at most five.
    public static func warning(_ words: String) -> String {
        var quoted = ""
        for character in line(words) {
            if character == "\"" || character == "\\" { quoted += "\\" }
            quoted.append(character)
        }
        return "299 - \"\(quoted)\""
    }

    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        default: true
        }
    }
}
