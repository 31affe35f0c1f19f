/// The name of the one folder that a bundle unpacks to: a path component of at most 128 bytes (section 2.1).
public struct FolderName: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    /// Throws ``FormatError/Code/badPath`` when it is not such a component.
    public init(_ text: String) throws(FormatError) {
        let path = try EntryPath(text)
        guard !text.utf8.contains(0x2F), text.utf8.count <= FormatLimits.folder else {
            throw FormatError(
                code: .badPath, doing: "reading the folder's name", subject: path.rawValue,
                reason: "it is not one path component of at most \(FormatLimits.folder) bytes")
        }
        rawValue = text
    }

    /// The folder's name for a name as people give it: escaped, and marked when it is too long.
    public init(source: String) {
        let component = NameEscaping.component(for: Array(source.utf8))
        if component.count <= FormatLimits.folder {
            rawValue = String(decoding: component, as: UTF8.self)
        } else {
            rawValue = String(
                decoding: NameEscaping.marked(component[...], of: Array(source.utf8), within: FormatLimits.folder),
                as: UTF8.self)
        }
    }

    public var description: String { rawValue }

    /// The full path of an entry: what its tar header says.
    public func fullPath(_ path: EntryPath) -> String {
        "\(rawValue)/\(path.rawValue)"
    }
}
