/// Finds `metadata.name` and `metadata.namespace` in the first bytes of an object that is too long to keep.
package struct ObjectIdentity {
    package private(set) var namespace: String?
    package private(set) var name: String?

    /// - Parameter prefix: JSON that may end anywhere.
    package init(prefix: [UInt8]) {
        // Only members of the object's own `metadata` count: annotations hold whole objects with names of their own.
        var keys: [String] = []
        var isObject: [Bool] = []
        var key: String?
        var expectsKey = false
        var position = 0
        while position < prefix.count, name == nil || namespace == nil {
            let byte = prefix[position]
            position += 1
            switch byte {
            case 0x7B, 0x5B:
                keys.append(key ?? "")
                isObject.append(byte == 0x7B)
                key = nil
                expectsKey = byte == 0x7B
            case 0x7D, 0x5D:
                if !keys.isEmpty {
                    keys.removeLast()
                    isObject.removeLast()
                }
                expectsKey = false
            case 0x2C: expectsKey = isObject.last ?? false
            case 0x22:
                guard let text = Self.string(prefix, &position) else { return }
                if expectsKey {
                    key = text
                    expectsKey = false
                } else if keys == ["", "metadata"] {
                    if key == "name" { name = text.printable(limit: 300) }
                    if key == "namespace" { namespace = text.printable(limit: 300) }
                }
            default: continue
            }
        }
    }

    /// The text up to the closing quote, escapes left as they are: names have none. Nil when it is cut off.
    private static func string(_ bytes: [UInt8], _ position: inout Int) -> String? {
        let start = position
        while position < bytes.count {
            if bytes[position] == 0x5C {
                position += 2
            } else if bytes[position] == 0x22 {
                defer { position += 1 }
                return String(decoding: bytes[start..<position], as: UTF8.self)
            } else {
                position += 1
            }
        }
        return nil
    }
}
