public import StructuredText

/// A name as the cluster, container or host gave it: any bytes.
public struct SourceName: Hashable, Sendable {
    public var bytes: [UInt8]

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// A string when the bytes are UTF-8, else `{"base64"}`.
    public var json: JSONValue {
        if let text = String(validating: bytes, as: UTF8.self) { return .string(text) }
        return ["base64": .string(Base64.encode(bytes))]
    }

    /// Reads what ``json`` gives; nil for anything else.
    public init?(json: JSONValue) {
        if let text = json.string {
            bytes = Array(text.utf8)
        } else if let text = json["base64"]?.string, json.object?.count == 1, let decoded = Base64.decode(text) {
            bytes = decoded
        } else {
            return nil
        }
    }
}
