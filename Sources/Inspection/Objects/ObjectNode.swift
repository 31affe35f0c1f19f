internal import StructuredText
internal import Yams

/// Why the text of an object could not be read.
public struct UnreadableObject: Error, Hashable, Sendable, CustomStringConvertible {
    public let reason: String

    public var description: String { "reading an object: \(reason)" }
}

/// A part of a Kubernetes object that was captured as YAML. What is not there, or is not of the kind that is asked for,
/// is nil.
package struct ObjectNode {
    private let node: Node

    /// Reads one object.
    ///
    /// - Throws: when it is not YAML, not UTF-8, or could have aliases, which nobody who captures writes.
    package init(parsing text: [UInt8]) throws(UnreadableObject) {
        guard !YAMLAliases.mayOccur(in: text) else {
            throw UnreadableObject(reason: "it may have YAML aliases, which are not followed")
        }
        guard let string = String(validating: text, as: UTF8.self) else {
            throw UnreadableObject(reason: "it is not UTF-8")
        }
        do {
            guard let node = try Yams.compose(yaml: string) else { throw UnreadableObject(reason: "it is empty") }
            guard node.mapping != nil else { throw UnreadableObject(reason: "it is not an object") }
            self.node = node
        } catch let error as UnreadableObject {
            throw error
        } catch {
            // The parser's own words quote the text; the place is enough.
            throw UnreadableObject(reason: "it is not YAML")
        }
    }

    private init(_ node: Node) {
        self.node = node
    }

    package subscript(_ key: String) -> ObjectNode? {
        guard let mapping = node.mapping,
            let value = mapping.first(where: { $0.key.scalar?.string == key })?.value, !Self.isNull(value)
        else { return nil }
        return ObjectNode(value)
    }

    /// Of an array; none for anything else.
    package var elements: [ObjectNode] {
        node.sequence.map { $0.map(ObjectNode.init) } ?? []
    }

    package var text: String? { node.scalar?.string }

    package var int: Int? { node.scalar.flatMap { Int($0.string) } }

    package var isTrue: Bool { node.scalar?.string == "true" }

    private static func isNull(_ node: Node) -> Bool {
        guard let scalar = node.scalar, scalar.style == .plain else { return false }
        return scalar.string == "null" || scalar.string == "~" || scalar.string.isEmpty
    }
}
