package import StructuredText

/// An object as it was captured.
package struct StoredObject: Sendable {
    /// Nil of what has none.
    package let namespace: String?
    package let name: String
    /// One JSON object, with its `managedFields`.
    package let json: [UInt8]
    package let value: JSONValue

    package init(namespace: String?, name: String, json: [UInt8], value: JSONValue) {
        self.namespace = namespace
        self.name = name
        self.json = json
        self.value = value
    }
}
