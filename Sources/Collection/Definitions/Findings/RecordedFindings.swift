internal import Yams

/// The findings that the definition of a collector declares.
public struct RecordedFindings: Sendable {
    public let collector: String
    public let rules: [FindingRule]

    /// - Parameters:
    ///   - file: its path, for messages.
    ///   - text: the definition; what else is in it does not matter.
    public init(file: String, text: String) throws(DefinitionError) {
        let reader = DefinitionReader(file: file)
        let root = try reader.root(text)
        let top = try reader.mapping(root, "the file", allowed: nil)
        try reader.header(top, root, kind: "Collector")
        let metadataNode = try reader.require(top, "metadata", root)
        let metadata = try reader.mapping(metadataNode, "metadata", allowed: nil)
        collector = try reader.name(metadata, metadataNode)
        rules = try top["findings"].map { node throws(DefinitionError) in try FindingDecoder(reader).rules(node) } ?? []
    }

    /// Those of the collectors of this program.
    public static func builtIn() throws(DefinitionError) -> [RecordedFindings] {
        var all: [RecordedFindings] = []
        for file in embeddedCollectors where !CollectorCatalog.isAmongProfiles(file.path) {
            all.append(try RecordedFindings(file: file.path, text: file.text))
        }
        return all
    }
}
