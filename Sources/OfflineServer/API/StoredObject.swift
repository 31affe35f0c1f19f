internal import Inspection
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

extension StoredObject {
    /// - Parameters:
    ///   - apiVersion: that it is to have, where that is another.
    ///   - isRead: whether anybody reads it here; else it is only passed on.
    init(_ row: ObjectPage.Row, of resource: APIResource, apiVersion: String? = nil, isRead: Bool = true) {
        var json = Array(row.json.utf8)
        if let fields = row.managedFields { json = Self.adding(managedFields: Array(fields.utf8), to: json) }
        guard isRead || apiVersion != nil || resource.fullName == "secrets" else {
            self.init(namespace: row.namespace, name: row.name, json: json, value: .null)
            return
        }
        var value = (try? JSONValue(parsing: json)) ?? .null
        var isChanged = false
        if let apiVersion, var object = value.object {
            object["apiVersion"] = .string(apiVersion)
            value = .object(object)
            isChanged = true
        }
        if resource.fullName == "secrets", let encoded = Self.encodingData(value) {
            value = encoded
            isChanged = true
        }
        self.init(namespace: row.namespace, name: row.name, json: isChanged ? value.serialized() : json, value: value)
    }

    /// The object with a last member of its `metadata`.
    static func adding(managedFields fields: [UInt8], to json: [UInt8]) -> [UInt8] {
        var metadata: Range<Int>?
        var isEmpty = true
        json.withUnsafeBufferPointer { buffer in
            let bytes = buffer.span
            var position = 0
            try? JSONTokens.members(bytes, &position) { (name, position) throws(JSONError) in
                let isMetadata = JSONTokens.text(bytes, name) == "metadata"
                let value = try JSONTokens.skipValue(bytes, &position)
                guard isMetadata, value.kind == .object else { return }
                metadata = value.range
                isEmpty = bytes.extracting(value.range).count <= 2
            }
        }
        guard let metadata else { return json }
        let end = metadata.upperBound - 1
        return json[..<end] + (isEmpty ? "" : ",").utf8 + "\"managedFields\":".utf8 + fields + json[end...]
    }

    /// Of a secret, with `data` as bytes of any client's: what stands there instead of a value (a keyed hash, a word) is no base64,
    /// and clients that know the type would refuse the whole list. Nil where nothing is to be changed.
    private static func encodingData(_ secret: JSONValue) -> JSONValue? {
        guard var object = secret.object, let data = object["data"]?.object else { return nil }
        var isChanged = false
        let encoded = data.map { member -> (String, JSONValue) in
            guard let text = member.value.string, !isBase64(text) else { return (member.key, member.value) }
            isChanged = true
            return (member.key, .string(base64(Array(text.utf8))))
        }
        guard isChanged else { return nil }
        object["data"] = .object(JSONObject(encoded))
        return .object(object)
    }

    private static func isBase64(_ text: String) -> Bool {
        let bytes = text.utf8
        guard bytes.count % 4 == 0 else { return false }
        let content = bytes.dropLast(bytes.reversed().prefix { $0 == UInt8(ascii: "=") }.count)
        return bytes.count - content.count <= 2
            && content.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "+"), UInt8(ascii: "/"): true
                default: false
                }
            }
    }

    /// RFC 4648, section 4.
    static func base64(_ bytes: [UInt8]) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var group = 0
            for index in 0..<3 { group = group << 8 | (index < count ? Int(bytes[start + index]) : 0) }
            for index in 0..<4 {
                text.append(index <= count ? letters[group >> (18 - 6 * index) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
