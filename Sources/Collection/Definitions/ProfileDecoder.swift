internal import Yams

/// Decodes a profile's YAML as strictly as a collector's.
package struct ProfileDecoder {
    private let reader: DefinitionReader

    package init(file: String) {
        reader = DefinitionReader(file: file)
    }

    /// Whether a text says of itself that it is a profile, be it valid or not.
    package static func isMeant(by text: String) -> Bool {
        (try? DefinitionReader(file: "").root(text))?["kind"]?.scalar?.string == "Profile"
    }

    package func decode(_ text: String) throws(DefinitionError) -> ProfileDefinition {
        let root = try reader.root(text)
        let top = try reader.mapping(
            root, "the file", allowed: ["apiVersion", "kind", "metadata", "collectors", "set", "limits"])
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
            limits: try top["limits"].map { node throws(DefinitionError) in try limits(node) } ?? .init(),
            values: try top["set"].map { node throws(DefinitionError) in try values(node) } ?? [:],
            lines: top.compactMapValues { $0.mark?.line }, source: text)
    }

    /// Whether the collectors can have these values shows only when it is known which they are.
    private func values(_ node: Node) throws(DefinitionError) -> [String: [String: String]] {
        var values: [String: [String: String]] = [:]
        for (collector, node) in try reader.mapping(node, "set", allowed: nil) {
            for (name, value) in try reader.mapping(node, "set of \(collector)", allowed: nil) {
                guard let text = value.scalar?.string else {
                    throw reader.error(value, "the value of \(collector).\(name) must be text")
                }
                // It is in every bundle, whether or not there is such a parameter.
                guard !CollectorParameter.meansSecret(name) else {
                    throw reader.error(value, "\(collector).\(name) looks like a secret, and profiles are in bundles")
                }
                if let objection = CollectorParameter(name, .text, title: "").objection(to: text) {
                    throw reader.error(value, "the value of \(collector).\(name) \(objection)")
                }
                values[collector, default: [:]][name] = text
            }
        }
        return values
    }

    private func limits(_ node: Node) throws(DefinitionError) -> ProfileDefinition.Limits {
        let members = try reader.mapping(
            node, "limits",
            allowed: [
                "deadline", "maxSize", "since", "tail", "collectorTimeout", "collectorBytes", "stepTimeout",
                "stepBytes",
            ])
        var limits = ProfileDefinition.Limits()
        limits.deadline = try value(members, "deadline", RunBounds.duration, RunBounds.durationWords)
        limits.maxSize = try value(members, "maxSize", RunBounds.size, RunBounds.sizeWords)
        limits.since = try value(members, "since", RunBounds.duration, RunBounds.durationWords)
        limits.tail = try value(
            members, "tail", { Int($0).flatMap { RunBounds.lines.contains($0) ? $0 : nil } },
            "a number of lines, at least \(RunBounds.lines.lowerBound)")
        limits.collector = CollectorLimits(
            timeout: try reader.duration(members, "collectorTimeout"),
            bytes: try reader.bytes(members, "collectorBytes"))
        limits.stepTimeout = try reader.duration(members, "stepTimeout")
        limits.stepBytes = try reader.bytes(members, "stepBytes")
        return limits
    }

    /// What is within the bounds that the flags of `collect` have, too; nil when it is not there.
    private func value<Value>(
        _ members: [String: Node], _ key: String, _ parse: (String) -> Value?, _ words: String
    ) throws(DefinitionError) -> Value? {
        guard let node = members[key] else { return nil }
        guard let value = node.scalar.flatMap({ parse($0.string) }) else {
            throw reader.error(node, "\(key) must be \(words)")
        }
        return value
    }
}
