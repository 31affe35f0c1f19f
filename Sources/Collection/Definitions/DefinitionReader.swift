internal import StructuredText
internal import Yams

/// Reads the YAML of a definition strictly: what is not meant is an error with its line.
struct DefinitionReader {
    static let maxBytes = CollectorDefinition.maxBytes
    /// Items of a list, keys of a mapping.
    static let maxItems = 1_000

    let file: String

    func root(_ text: String) throws(DefinitionError) -> Node {
        guard text.utf8.count <= Self.maxBytes else {
            throw error(nil, "it has \(text.utf8.count) bytes, more than \(Self.maxBytes)")
        }
        guard !YAMLAliases.mayOccur(in: Array(text.utf8)) else {
            throw error(nil, "it has YAML aliases (*name): a few of them can mean more than memory holds; write it out")
        }
        do {
            guard let node = try Yams.compose(yaml: text, .basic, .default, .utf8) else {
                throw self.error(nil, "the file is empty")
            }
            return node
        } catch let problem as DefinitionError {
            throw problem
        } catch let problem as YamlError {
            throw yamlError(problem, text)
        } catch {
            throw self.error(nil, "not YAML: \(error)")
        }
    }

    private func yamlError(_ problem: YamlError, _ text: String) -> DefinitionError {
        switch problem {
        case .scanner(_, let what, let mark, _), .parser(_, let what, let mark, _), .composer(_, let what, let mark, _):
            DefinitionError(file: file, line: mark.line, message: Self.words(what))
        case .duplicatedKeysInMapping(let keys, let context):
            DefinitionError(
                file: file, line: context.mark.line,
                message: "\(NameSuggestion.shown(keys.first ?? "a key")) stands twice in one mapping")
        case .reader(let what, let offset, _, _):
            DefinitionError(
                file: file, line: offset.map { text.prefix($0).count { $0.isNewline } + 1 },
                message: "not YAML: \(what)")
        default: error(nil, "not YAML: it cannot be read")
        }
    }

    /// What libyaml says, where that is not to be understood by whoever wrote the file.
    private static func words(_ problem: String) -> String {
        if problem.contains("another document") { return "it has a second document (---); a file is one collector" }
        if problem.contains("nesting level") { return "it is nested too deeply" }
        return "not YAML: \(problem)"
    }

    // MARK: Mappings

    /// - Parameter allowed: the keys that may be there; nil for any.
    func mapping(_ node: Node, _ what: String, allowed: [String]?) throws(DefinitionError) -> [String: Node] {
        guard let mapping = node.mapping else { throw error(node, "\(what) must be a mapping (key: value)") }
        guard mapping.count <= Self.maxItems else { throw error(node, "\(what) has more than \(Self.maxItems) keys") }
        var members: [String: Node] = [:]
        for (keyNode, value) in mapping {
            guard let key = keyNode.scalar?.string else { throw error(keyNode, "a key of \(what) must be text") }
            if let allowed, !allowed.contains(key) { throw unknown(key, keyNode, of: what, among: allowed) }
            guard members.updateValue(value, forKey: key) == nil else { throw error(keyNode, "\(key) stands twice") }
        }
        return members
    }

    /// The error for a key that is none of `known`, with the one that was likely meant.
    private func unknown(_ key: String, _ node: Node, of what: String, among known: [String]) -> DefinitionError {
        let advice = known.isEmpty ? "it has none" : NameSuggestion.advice(for: key, among: known)
        return error(node, "\(what) has no key \(NameSuggestion.shown(key)); \(advice)")
    }

    /// Checks `apiVersion` and `kind`.
    func header(_ top: [String: Node], _ root: Node, kind: String) throws(DefinitionError) {
        guard try string(top, "apiVersion", root) == "exhibit/v1" else {
            throw error(top["apiVersion"], "apiVersion must be exhibit/v1")
        }
        guard try string(top, "kind", root) == kind else { throw error(top["kind"], "kind must be \(kind)") }
    }

    /// The name of a collector, and the values of its top-level keys: also those that this version does not know.
    func recorded(_ text: String) throws(DefinitionError) -> (name: String, top: [String: Node]) {
        let root = try root(text)
        let top = try mapping(root, "the file", allowed: nil)
        try header(top, root, kind: "Collector")
        let node = try require(top, "metadata", root)
        return (try name(try mapping(node, "metadata", allowed: nil), node), top)
    }

    /// `metadata.name`.
    func name(_ metadata: [String: Node], _ node: Node) throws(DefinitionError) -> String {
        let name = try string(metadata, "name", node)
        guard CollectorDefinition.isName(name) else {
            throw error(metadata["name"], "metadata.name must be 1 to 63 of a–z, 0–9 and -, not beginning with -")
        }
        return name
    }

    func require(_ members: [String: Node], _ key: String, _ parent: Node) throws(DefinitionError) -> Node {
        guard let node = members[key] else { throw error(parent, "\(key) is missing") }
        return node
    }

    // MARK: Values

    func string(_ members: [String: Node], _ key: String, _ parent: Node) throws(DefinitionError) -> String {
        let node = try require(members, key, parent)
        guard let text = node.scalar?.string, !text.isEmpty else { throw error(node, "\(key) must be text") }
        return text
    }

    func strings(_ node: Node, _ what: String) throws(DefinitionError) -> [String] {
        try list(node, what, of: "text, as [a, b]").map { item throws(DefinitionError) in
            guard let text = item.scalar?.string else {
                throw error(item, "\(what) must be a list of text: what has { [ or : in it wants \"quotes\"")
            }
            return text
        }
    }

    func numbers(_ node: Node, _ what: String, _ range: ClosedRange<Int>) throws(DefinitionError) -> [Int] {
        try list(node, what, of: "whole numbers, as [1, 2]").map { item throws(DefinitionError) in
            guard let scalar = item.scalar, scalar.style == .plain, let number = Int(scalar.string),
                range.contains(number)
            else {
                throw error(
                    item, "\(what) must be a list of whole numbers from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
    }

    func flag(_ node: Node, _ what: String) throws(DefinitionError) -> Bool {
        guard let scalar = node.scalar, scalar.style == .plain,
            let flag = ["true": true, "false": false][scalar.string]
        else { throw error(node, "\(what) must be true or false") }
        return flag
    }

    /// Nil when it is not there.
    func duration(_ members: [String: Node], _ key: String) throws(DefinitionError) -> Duration? {
        guard let node = members[key] else { return nil }
        guard let value = node.scalar.flatMap({ UnitNotation.duration($0.string) }), value > .zero else {
            throw error(node, "\(key) must be a duration such as 10s, 500ms, 2m or 1h")
        }
        return value
    }

    /// Nil when it is not there.
    func bytes(_ members: [String: Node], _ key: String) throws(DefinitionError) -> UInt64? {
        guard let node = members[key] else { return nil }
        guard let value = node.scalar.flatMap({ UnitNotation.bytes($0.string) }), value > 0 else {
            throw error(node, "\(key) must be a size such as 4MiB, 512KiB or 1GiB")
        }
        return value
    }

    func list(_ node: Node, _ what: String, of kind: String) throws(DefinitionError) -> [Node] {
        guard let sequence = node.sequence else { throw error(node, "\(what) must be a list of \(kind)") }
        guard sequence.count <= Self.maxItems else {
            throw error(node, "\(what) has more than \(Self.maxItems) items")
        }
        return Array(sequence)
    }

    func error(_ node: Node?, _ message: String) -> DefinitionError {
        DefinitionError(file: file, line: node?.mark?.line, message: message)
    }
}
