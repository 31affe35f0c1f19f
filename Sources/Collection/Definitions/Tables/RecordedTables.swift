public import Rows
internal import Yams

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
        let root = try reader.root(text)
        let top = try reader.mapping(root, "the file", allowed: nil)
        try reader.header(top, root, kind: "Collector")
        let metadataNode = try reader.require(top, "metadata", root)
        let metadata = try reader.mapping(metadataNode, "metadata", allowed: nil)
        collector = try reader.name(metadata, metadataNode)
        tables = try top["tables"].map { node throws(DefinitionError) in try TableDecoder(reader).tables(node) } ?? []
    }

    /// Those of the collectors of this program.
    public static func builtIn() throws(DefinitionError) -> [RecordedTables] {
        var all: [RecordedTables] = []
        for file in embeddedCollectors where !CollectorCatalog.isAmongProfiles(file.path) {
            all.append(try RecordedTables(file: file.path, text: file.text))
        }
        return all
    }
}
