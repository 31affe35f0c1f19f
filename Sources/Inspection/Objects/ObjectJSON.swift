internal import StructuredText

/// The text of an object as JSON.
enum ObjectJSON {
    /// Turns one object into JSON; what is JSON already is only looked at.
    ///
    /// NUL, which SQLite would take for a text's end, becomes U+FFFD.
    /// - Throws: when it is neither, or has what nobody who captures writes, as aliases.
    static func make(of text: ArraySlice<UInt8>, in form: FileRole.ObjectText) throws(UnreadableObject) -> [UInt8] {
        switch form {
        case .json:
            return withoutNUL(Array(text))
        case .yaml:
            do {
                return withoutNUL(try YAMLReader.json(of: text))
            } catch {
                throw UnreadableObject(reason: "\(error)")
            }
        }
    }

    /// `\u0000` in a string is the only way that JSON has for it.
    private static func withoutNUL(_ json: [UInt8]) -> [UInt8] {
        var result: [UInt8]?
        var index = 0
        while let escape = json[index...].firstIndex(of: UInt8(ascii: "\\")), escape + 1 < json.count {
            if json[escape...].starts(with: escapedNUL) {
                if result == nil { result = json }
                result?.replaceSubrange(escape + 2..<escape + 6, with: replacement)
            }
            index = escape + 2
        }
        return result ?? json
    }

    private static let escapedNUL = Array("\\u0000".utf8)
    private static let replacement = Array("fffd".utf8)
}
