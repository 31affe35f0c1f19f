internal import StructuredText

/// Text in cells: it goes to terminals, and kubectl before 1.26 passes it on as it is.
enum CellText {
    /// Control characters as kubectl shows them since (k8s.io/cli-runtime, pkg/printers/terminal.go), and those that it forgot, so that
    /// every version shows the same. Tabs and line feeds stay: kubectl cuts a cell at its first line.
    static func safe(_ cell: JSONValue) -> JSONValue {
        guard case .string(let text) = cell, hasControls(text) else { return cell }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A: result.unicodeScalars.append(scalar)
            case 0x0D: result += #"\r"#
            // `^[` for escape.
            case 0..<0x20: result += "^" + String(UnicodeScalar(UInt8(scalar.value) + 0x40))
            case 0x7F: result += "^?"
            case 0x80..<0xA0: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return .string(result)
    }

    private static func hasControls(_ text: String) -> Bool {
        var last: UInt8 = 0
        for byte in text.utf8 {
            // U+0080 to U+009F begin with C2.
            if byte < 0x20 || byte == 0x7F || (last == 0xC2 && byte < 0xA0) { return true }
            last = byte
        }
        return false
    }
}
