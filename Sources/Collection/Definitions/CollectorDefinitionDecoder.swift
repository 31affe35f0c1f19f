import Yams

/// Why a collector's file was refused.
public struct DefinitionError: Error, Sendable, CustomStringConvertible {
    public var file: String
    /// Line in the file, from 1; nil when the file as a whole is meant.
    public var line: Int?
    public var message: String

    public init(file: String, line: Int?, message: String) {
        self.file = file
        self.line = line
        self.message = message
    }

    public var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        return "reading collector \(place): \(message)"
    }
}

/// Decodes a collector's YAML strictly: unknown keys, wrong types and bad quantities are errors with their line.
package struct CollectorDefinitionDecoder {
    let file: String

    package init(file: String) {
        self.file = file
    }

    package func decode(_ text: String) throws(DefinitionError) -> CollectorDefinition {
        let root: Node
        do {
            guard let node = try Yams.compose(yaml: text) else { throw error(nil, "the file is empty") }
            root = node
        } catch let problem as DefinitionError {
            throw problem
        } catch {
            throw self.error(nil, "not YAML: \(error)")
        }
        let top = try mapping(
            root, "the file", allowed: ["apiVersion", "kind", "metadata", "scope", "volatility", "steps"])
        guard try string(top, "apiVersion", root) == "exhibit/v1" else {
            throw error(top["apiVersion"], "apiVersion must be exhibit/v1")
        }
        guard try string(top, "kind", root) == "Collector" else { throw error(top["kind"], "kind must be Collector") }
        let metadataNode = try require(top, "metadata", root)
        let metadata = try mapping(metadataNode, "metadata", allowed: ["name", "title", "references"])
        let scopeText = try string(top, "scope", root)
        guard let scope = CollectorScope(rawValue: scopeText) else {
            let known = CollectorScope.allCases.map(\.rawValue).joined(separator: ", ")
            throw error(top["scope"], "scope \(scopeText) is none of \(known)")
        }
        guard let rank = Int(try string(top, "volatility", root)), (0...99).contains(rank) else {
            throw error(top["volatility"], "volatility must be a whole number from 0 to 99")
        }
        let stepsNode = try require(top, "steps", root)
        guard let steps = stepsNode.sequence, !steps.isEmpty else {
            throw error(stepsNode, "steps must be a list with at least one step")
        }
        return CollectorDefinition(
            name: try name(metadata, metadataNode), title: try string(metadata, "title", metadataNode),
            references: try metadata["references"].map { node throws(DefinitionError) in try strings(node, "references")
            } ?? [],
            scope: scope, volatility: rank,
            steps: try steps.map { node throws(DefinitionError) in try step(node) }, source: text)
    }

    private func name(_ metadata: [String: Node], _ node: Node) throws(DefinitionError) -> String {
        let name = try string(metadata, "name", node)
        let plain = name.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2D }
        guard plain, !name.isEmpty, name.utf8.count <= 63, !name.hasPrefix("-") else {
            throw error(metadata["name"], "metadata.name must be 1 to 63 of a–z, 0–9 and -, not beginning with -")
        }
        return name
    }

    private func step(_ node: Node) throws(DefinitionError) -> StepDefinition {
        var members = try mapping(node, "a step", allowed: nil)
        let limits = try members.removeValue(forKey: "limits").map { node throws(DefinitionError) in
            try self.limits(node)
        }
        guard members.count == 1, let (kind, optionsNode) = members.first else {
            throw error(node, "a step has one step kind (sockets, logs, list …) and, if wanted, limits")
        }
        var options: [String: OptionValue] = [:]
        for (key, value) in try mapping(optionsNode, "the options of \(kind)", allowed: nil) {
            if value.sequence != nil {
                options[key] = .list(try strings(value, key))
            } else if let flag = value.bool, value.scalar?.style == .plain {
                options[key] = .flag(flag)
            } else if let text = value.scalar?.string {
                options[key] = .text(text)
            } else {
                throw error(value, "option \(key) of \(kind) must be text, true or false, or a list of text")
            }
        }
        return StepDefinition(kind: kind, options: options, limits: limits ?? .default)
    }

    private func limits(_ node: Node) throws(DefinitionError) -> StepLimits {
        let members = try mapping(node, "limits", allowed: ["timeout", "bytes"])
        var limits = StepLimits.default
        if let timeout = members["timeout"] {
            guard let value = timeout.scalar.flatMap({ UnitNotation.duration($0.string) }), value > .zero else {
                throw error(timeout, "timeout must be a duration such as 10s, 500ms, 2m or 1h")
            }
            limits.timeout = value
        }
        if let bytes = members["bytes"] {
            guard let value = bytes.scalar.flatMap({ UnitNotation.bytes($0.string) }), value > 0 else {
                throw error(bytes, "bytes must be a size such as 4MiB, 512KiB or 1GiB")
            }
            limits.bytes = value
        }
        return limits
    }

    private func mapping(_ node: Node, _ what: String, allowed: Set<String>?) throws(DefinitionError) -> [String: Node]
    {
        guard let mapping = node.mapping else { throw error(node, "\(what) must be a mapping (key: value)") }
        var members: [String: Node] = [:]
        for (keyNode, value) in mapping {
            guard let key = keyNode.scalar?.string else { throw error(keyNode, "a key of \(what) must be text") }
            if let allowed, !allowed.contains(key) {
                throw error(
                    keyNode, "\(what) has no key \(key); it may have \(allowed.sorted().joined(separator: ", "))")
            }
            guard members.updateValue(value, forKey: key) == nil else { throw error(keyNode, "\(key) stands twice") }
        }
        return members
    }

    private func require(_ members: [String: Node], _ key: String, _ parent: Node) throws(DefinitionError) -> Node {
        guard let node = members[key] else { throw error(parent, "\(key) is missing") }
        return node
    }

    private func string(_ members: [String: Node], _ key: String, _ parent: Node) throws(DefinitionError) -> String {
        let node = try require(members, key, parent)
        guard let text = node.scalar?.string, !text.isEmpty else { throw error(node, "\(key) must be text") }
        return text
    }

    private func strings(_ node: Node, _ what: String) throws(DefinitionError) -> [String] {
        guard let sequence = node.sequence else { throw error(node, "\(what) must be a list of text") }
        return try sequence.map { item throws(DefinitionError) in
            guard let text = item.scalar?.string else { throw error(item, "\(what) must be a list of text") }
            return text
        }
    }

    private func error(_ node: Node?, _ message: String) -> DefinitionError {
        DefinitionError(file: file, line: node?.mark?.line, message: message)
    }
}
