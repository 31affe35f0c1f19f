public import Rows

/// The tables that a definition in a bundle declares. Whoever made the bundle wrote it: it is read within all bounds, and used for
/// nothing but reading.
public struct RecordedTables: Sendable {
    /// The collector that the definition is of, by its own word.
    public let collector: String
    public let tables: [TableDefinition]

    /// - Parameters:
    ///   - file: its path in the bundle, for messages.
    ///   - text: the definition. Keys at its top that this version does not know are passed over, since a newer one may have written it.
    /// - Throws: `DefinitionError` when it is no collector, or its tables are not what this version can read.
    public init(file: String, text: String) throws(DefinitionError) {
        let reader = DefinitionReader(file: file)
        let (name, top) = try reader.recorded(text)
        collector = name
        tables = try top["tables"].map { node throws(DefinitionError) in try TableDecoder(reader).tables(node) } ?? []
    }

    /// Those of the collectors of this program.
    public static func builtIn() throws(DefinitionError) -> [RecordedTables] {
        try CollectorCatalog.embedded { file throws(DefinitionError) in
            try RecordedTables(file: file.path, text: file.text)
        }
    }
}
