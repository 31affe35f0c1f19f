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

    var bool: Bool {
        guard let scalar = node.scalar else { return false }
        return ["true", "True", "TRUE"].contains(scalar.string)
    }

    var members: [(String, KubeconfigNode)] {
        (node.mapping ?? [:]).compactMap { pair in pair.key.scalar.map { ($0.string, KubeconfigNode(pair.value)) } }
    }
}
