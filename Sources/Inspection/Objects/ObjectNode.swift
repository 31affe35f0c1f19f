internal import StructuredText

/// Why the text of an object could not be read.
public struct UnreadableObject: Error, Hashable, Sendable, CustomStringConvertible {
    public let reason: String

    public var description: String { "reading an object: \(reason)" }
}

/// A part of a Kubernetes object. What is not there, is null, or is not of the kind that is asked for, is nil.
package struct ObjectNode: Sendable {
    private let value: JSONValue

    /// Reads one object that is JSON.
    package init(json: some Collection<UInt8>) throws(UnreadableObject) {
        guard let value = try? JSONValue(parsing: json) else { throw UnreadableObject(reason: "it is not JSON") }
        guard value.object != nil else { throw UnreadableObject(reason: "it is not an object") }
        self.value = value
    }

    private init(_ value: JSONValue) {
        self.value = value
    }

    package subscript(_ key: String) -> ObjectNode? {
        guard let value = value[key], !value.isNull else { return nil }
        return ObjectNode(value)
    }

    /// Of an array; none for anything else.
    package var elements: [ObjectNode] { value.array?.map(ObjectNode.init) ?? [] }

    /// Of a string, a number or a boolean.
    package var text: String? {
        value.string ?? value.int.map(String.init) ?? value.bool.map(String.init) ?? value.double.map { "\($0)" }
    }

    package var int: Int? { value.int }

    package var isTrue: Bool { value.bool == true }
}
