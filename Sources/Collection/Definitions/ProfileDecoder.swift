internal import Yams

/// Decodes a profile's YAML as strictly as a collector's.
package struct ProfileDecoder {
    private let reader: DefinitionReader

    package init(file: String) {
        reader = DefinitionReader(file: file)
    }

    package func decode(_ text: String) throws(DefinitionError) -> ProfileDefinition {
        let root = try reader.root(text)
        let top = try reader.mapping(
            root, "the file", allowed: ["apiVersion", "kind", "metadata", "collectors", "limits"])
        try reader.header(top, root, kind: "Profile")
        let metadataNode = try reader.require(top, "metadata", root)
        let metadata = try reader.mapping(metadataNode, "metadata", allowed: ["name", "title"])
        let node = try reader.require(top, "collectors", root)
        let patterns = try reader.strings(node, "collectors")
        guard !patterns.isEmpty, patterns.allSatisfy({ !$0.isEmpty && $0 != "!" }) else {
            throw reader.error(node, "collectors must be a list of names or patterns, as [\"*\", \"!changes\"]")
        }
        return ProfileDefinition(
            name: try reader.name(metadata, metadataNode), title: try reader.string(metadata, "title", metadataNode),
            collectors: patterns,
            limits: try top["limits"].map { node throws(DefinitionError) in try limits(node) } ?? .init(), source: text)
    }

    private func limits(_ node: Node) throws(DefinitionError) -> ProfileDefinition.Limits {
        let members = try reader.mapping(
            node, "limits", allowed: ["deadline", "maxSize", "since", "tail", "stepTimeout", "stepBytes"])
        var limits = ProfileDefinition.Limits()
        limits.deadline = try reader.duration(members, "deadline")
        limits.maxSize = try reader.bytes(members, "maxSize")
        limits.since = try reader.duration(members, "since")
        if let tail = members["tail"] {
            guard let lines = tail.scalar.flatMap({ Int($0.string) }), lines > 0 else {
                throw reader.error(tail, "tail must be a number of lines, at least 1")
            }
            limits.tail = lines
        }
        limits.stepTimeout = try reader.duration(members, "stepTimeout")
        limits.stepBytes = try reader.bytes(members, "stepBytes")
        return limits
    }
}
