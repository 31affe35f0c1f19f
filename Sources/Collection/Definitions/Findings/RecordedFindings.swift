/// The findings that the definition of a collector declares.
public struct RecordedFindings: Sendable {
    public let collector: String
    public var rules: [FindingRule]

    /// - Parameters:
    ///   - file: its path, for messages.
    ///   - text: the definition; what else is in it does not matter.
    public init(file: String, text: String) throws(DefinitionError) {
        let reader = DefinitionReader(file: file)
        let (name, top) = try reader.recorded(text)
        collector = name
        rules = try top["findings"].map { node throws(DefinitionError) in try FindingDecoder(reader).rules(node) } ?? []
    }

    /// Those of the collectors of this program.
    public static func builtIn() throws(DefinitionError) -> [RecordedFindings] {
        try CollectorCatalog.embedded { file throws(DefinitionError) in
            try RecordedFindings(file: file.path, text: file.text)
        }
    }
}
