/// Text of a capture in places where it must not do anything: headers, and messages that a terminal shows.
enum SafeText {
    /// One line of at most 512 bytes: controls, line separators, and what changes the direction of text are left out.
    static func line(_ text: String) -> String {
        var line = "", bytes = 0
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: continue
            default: break
            }
            bytes += String(scalar).utf8.count
            guard bytes <= 509 else { return line + "…" }
            line.unicodeScalars.append(scalar)
        }
        return line
    }
}
