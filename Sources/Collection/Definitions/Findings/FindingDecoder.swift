internal import StructuredText
internal import Yams

/// Decodes `findings` of a collector strictly. Whether the SQL is right is seen by whoever runs it: `exhibit collectors lint` does.
struct FindingDecoder {
    private let reader: DefinitionReader

    init(_ reader: DefinitionReader) {
        self.reader = reader
    }

    func rules(_ node: Node) throws(DefinitionError) -> [FindingRule] {
        let nodes = try reader.list(node, "findings", of: "rules")
        guard (1...FindingRule.Bounds.rules).contains(nodes.count) else {
            throw reader.error(node, "findings must have 1 to \(FindingRule.Bounds.rules) rules")
        }
        var rules: [FindingRule] = []
        for node in nodes {
            let rule = try rule(node)
            guard !rules.contains(where: { $0.id == rule.id }) else {
                throw reader.error(node, "there are two findings \(rule.id)")
            }
            rules.append(rule)
        }
        return rules
    }

    private func rule(_ node: Node) throws(DefinitionError) -> FindingRule {
        let members = try reader.mapping(
            node, "a finding", allowed: ["id", "severity", "sql", "says", "advice", "examples"])
        let id = try reader.string(members, "id", node)
        guard CollectorDefinition.isName(id) else {
            throw reader.error(members["id"], "id must be 1 to 63 of a–z, 0–9 and -, not beginning with -")
        }
        let word = try reader.string(members, "severity", node)
        guard let severity = FindingSeverity(rawValue: word) else {
            let advice = NameSuggestion.advice(for: word, among: FindingSeverity.allCases.map(\.rawValue))
            throw reader.error(members["severity"], "there is no severity \(NameSuggestion.shown(word)); \(advice)")
        }
        let examplesNode = try reader.require(members, "examples", node)
        let examples = try reader.mapping(examplesNode, "examples", allowed: ["fires", "silent"])
        return FindingRule(
            id: id, severity: severity, sql: try bounded(members, "sql", node, FindingRule.Bounds.sql),
            says: try bounded(members, "says", node, FindingRule.Bounds.words),
            advice: try bounded(members, "advice", node, FindingRule.Bounds.words),
            fires: try self.examples(examples, "fires", examplesNode),
            silent: try self.examples(examples, "silent", examplesNode), line: node.mark?.line)
    }

    private func bounded(
        _ members: [String: Node], _ key: String, _ node: Node, _ limit: Int
    ) throws(DefinitionError) -> String {
        let text = try reader.string(members, key, node)
        guard text.utf8.count <= limit else {
            throw reader.error(members[key], "\(key) has more than \(limit) bytes")
        }
        return text
    }

    private func examples(
        _ members: [String: Node], _ key: String, _ parent: Node
    ) throws(DefinitionError) -> [FindingExample] {
        let node = try reader.require(members, key, parent)
        let nodes = try reader.list(node, key, of: "examples")
        guard !nodes.isEmpty else { throw reader.error(node, "\(key) must have at least one example") }
        return try nodes.map(example)
    }

    private func example(_ node: Node) throws(DefinitionError) -> FindingExample {
        let members = try reader.mapping(node, "an example", allowed: ["objects", "rows", "logs"])
        var example = FindingExample()
        if let node = members["objects"] {
            for node in try reader.list(node, "objects", of: "objects of the API") {
                guard node.mapping != nil else { throw reader.error(node, "an object must be a mapping") }
                example.objects.append(try value(node))
            }
        }
        if let node = members["rows"] {
            for (table, node) in try reader.mapping(node, "rows", allowed: nil) {
                example.rows[table] = try reader.list(node, table, of: "rows").map { node throws(DefinitionError) in
                    guard let row = try value(node).object else { throw reader.error(node, "a row must be a mapping") }
                    return row
                }
            }
        }
        if let node = members["logs"] {
            for (place, node) in try reader.mapping(node, "logs", allowed: nil) {
                guard place.split(separator: "/").count == 3, let text = node.scalar?.string else {
                    throw reader.error(node, "logs must be texts by namespace/pod/container")
                }
                example.logs[place] = text
            }
        }
        return example
    }

    /// What is written there, as JSON: plain `null`, `true`, `false` and numbers are what they look like, all else is text.
    private func value(_ node: Node) throws(DefinitionError) -> JSONValue {
        if let mapping = node.mapping {
            var object = JSONObject()
            for (key, item) in mapping {
                guard let name = key.scalar?.string else { throw reader.error(key, "a key must be text") }
                object[name] = try value(item)
            }
            return .object(object)
        }
        if let sequence = node.sequence {
            return .array(try sequence.map { item throws(DefinitionError) in try value(item) })
        }
        guard let scalar = node.scalar else { throw reader.error(node, "it has no value") }
        guard scalar.style == .plain else { return .string(scalar.string) }
        switch scalar.string {
        case "", "~", "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        case let text
        where Int64(text) != nil || (Double(text) != nil && text.first.map { $0.isNumber || $0 == "-" } == true):
            return .number(text)
        case let text: return .string(text)
        }
    }
}
