package import StructuredText

/// Why the text of an object could not be read.
public struct UnreadableObject: Error, Hashable, Sendable, CustomStringConvertible {
    public let reason: String

    public var description: String { "reading an object: \(reason)" }
}

/// A part of a Kubernetes object. What is not there, is null, or is not of the kind that is asked for, is nil.
package struct ObjectNode: Sendable {
    /// As it was read.
    package let json: JSONValue

    /// Reads one object that is JSON.
    package init(json: some Collection<UInt8>) throws(UnreadableObject) {
        guard let value = try? JSONValue(parsing: json) else { throw UnreadableObject(reason: "it is not JSON") }
        guard value.object != nil else { throw UnreadableObject(reason: "it is not an object") }
        self.json = value
    }

    package init(_ value: JSONValue) {
        json = value
    }

    package subscript(_ key: String) -> ObjectNode? {
        guard let value = json[key], !value.isNull else { return nil }
        return ObjectNode(value)
    }

    /// Of an array; none for anything else.
    package var elements: [ObjectNode] { json.array?.map(ObjectNode.init) ?? [] }

    /// Of a string, a number or a boolean.
    package var text: String? {
        json.string ?? json.int.map(String.init) ?? json.bool.map(String.init) ?? json.double.map { "\($0)" }
    }

    package var int: Int? { json.int }

    package var bool: Bool? { json.bool }

    package var isTrue: Bool { json.bool == true }

    /// Of an object; none for anything else.
    package var members: [(key: String, value: ObjectNode)] {
        json.object?.map { ($0.key, ObjectNode($0.value)) } ?? []
    }
}
