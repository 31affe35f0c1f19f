internal import StructuredText

/// An object as it was captured.
struct StoredObject: Sendable {
    /// Nil of what has none.
    let namespace: String?
    let name: String
    /// One JSON object, with its `managedFields`.
    let json: [UInt8]
    let value: JSONValue
}
