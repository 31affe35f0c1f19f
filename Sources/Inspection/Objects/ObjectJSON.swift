internal import StructuredText

/// The text of an object, or of objects, as it was captured.
enum ObjectJSON {
    /// Turns one object into JSON; what is JSON already is only looked at.
    ///
    /// - Throws: when it is neither, or has what nobody who captures writes, as aliases.
    static func make(of text: ArraySlice<UInt8>, in form: FileRole.ObjectText) throws(UnreadableObject) -> [UInt8] {
        switch form {
        case .json:
            return Array(text)
        case .yaml:
            do {
                return try YAMLReader.json(of: text)
            } catch {
                throw UnreadableObject(reason: "\(error)")
            }
        }
    }
}
