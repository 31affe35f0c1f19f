/// Makes text from an untrusted source (a log, a name in a cluster) safe to show on a terminal.
///
/// Controls (C0, DEL, C1), bidirectional controls, zero-width and other invisible characters, line and paragraph
/// separators and code points without a character are shown as `\x1b` or `\u{202e}`; so a terminal is never steered
/// and nothing is hidden or reordered. This is for people: a backslash stays as it is, so the result does not decode
/// back.
public enum TerminalText {
    /// Controls that stay as they are.
    public struct Kept: OptionSet, Sendable {
        public let rawValue: Int

        public init(rawValue: Int) {
            self.rawValue = rawValue
        }

        public static let newline = Kept(rawValue: 1)
        public static let tab = Kept(rawValue: 2)
    }

    /// `text` with everything that could steer a terminal or mislead the eye spelt out.
    public static func escaped(_ text: some StringProtocol, keeping kept: Kept = []) -> String {
        if text.utf8.allSatisfy({ $0 &- 0x20 < 0x5F }) { return String(text) }
        var result = ""
        result.reserveCapacity(text.utf8.count + 16)
        for scalar in text.unicodeScalars {
            if isShown(scalar, kept) {
                result.unicodeScalars.append(scalar)
            } else {
                result += spelling(of: scalar)
            }
        }
        return result
    }

    /// The same for whole contents in bytes. A byte that is not UTF-8 is shown as `\xff`. For a stream use
    /// ``TerminalFilter``.
    public static func escaped(bytes: some Collection<UInt8>, keeping kept: Kept = [.newline, .tab]) -> [UInt8] {
        var filter = TerminalFilter(keeping: kept)
        var output: [UInt8] = []
        filter.append(bytes, to: &output)
        filter.finish(to: &output)
        return output
    }

    /// Whether a code point may go to a terminal as itself.
    static func isShown(_ scalar: Unicode.Scalar, _ kept: Kept) -> Bool {
        switch scalar.value {
        case 0x0A: return kept.contains(.newline)
        case 0x09: return kept.contains(.tab)
        case 0x20...0x7E: return true
        case 0..<0xA0: return false
        default: break
        }
        let properties = scalar.properties
        guard !properties.isDefaultIgnorableCodePoint else { return false }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: return false
        default: return true
        }
    }

    /// `\x1b` below U+0100, else `\u{202e}`.
    static func spelling(of scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        guard scalar.value < 0x100 else { return "\\u{\(digits)}" }
        return digits.count == 1 ? "\\x0\(digits)" : "\\x\(digits)"
    }
}
