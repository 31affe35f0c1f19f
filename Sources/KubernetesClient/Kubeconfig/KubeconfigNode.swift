internal import StructuredText
internal import Yams

/// A view of a YAML node that answers the questions of a kubeconfig and ignores what it does not know.
struct KubeconfigNode {
    private let node: Node

    init(_ node: Node) {
        self.node = node
    }

    var isMapping: Bool { node.mapping != nil }

    subscript(_ key: String) -> KubeconfigNode? {
        guard let mapping = node.mapping, let value = mapping.first(where: { $0.key.scalar?.string == key })?.value
        else { return nil }
        return KubeconfigNode(value)
    }

    var elements: [KubeconfigNode] {
        node.sequence.map { $0.map(KubeconfigNode.init) } ?? []
    }

    /// A scalar's text. Null and the empty string both count as absent, as they do for kubectl.
    var text: String? {
        guard let scalar = node.scalar, !scalar.string.isEmpty else { return nil }
        let isNull = scalar.style == .plain && ["~", "null", "Null", "NULL"].contains(scalar.string)
        return isNull ? nil : scalar.string
    }

    /// A scalar's text, whatever it is; empty for anything else.
    var scalarText: String { node.scalar?.string ?? "" }

    /// The same as JSON. Plain scalars are numbers, booleans and null where they look like that.
    var json: JSONValue {
        if let mapping = node.mapping {
            return .object(
                JSONObject(mapping.map { ($0.key.scalar?.string ?? "", KubeconfigNode($0.value).json) }))
        }
        if node.sequence != nil { return .array(elements.map(\.json)) }
        let text = scalarText
        guard node.scalar?.style == .plain else { return .string(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default:
            // A number is what the parser of JSON takes for one.
            guard case .number? = try? JSONValue(parsing: Array(text.utf8)) else { return .string(text) }
            return .number(text)
        }
    }

    var bool: Bool {
        guard let scalar = node.scalar else { return false }
        return ["true", "True", "TRUE"].contains(scalar.string)
    }

    var members: [(String, KubeconfigNode)] {
        (node.mapping ?? [:]).compactMap { pair in pair.key.scalar.map { ($0.string, KubeconfigNode(pair.value)) } }
    }
}
