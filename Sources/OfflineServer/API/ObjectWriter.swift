internal import StructuredText

/// Writes objects in the form that a client wants.
struct ObjectWriter: Sendable {
    let resource: APIResource
    let form: ObjectForm
    let included: ListOptions.IncludedObject
    /// Of tables.
    let printer: TablePrinter?

    // MARK: Lists

    /// What comes before the first item.
    func opening(resourceVersion: String, continue token: String?, remaining: Int?) -> [UInt8] {
        var metadata: [(String, JSONValue)] = [("resourceVersion", .string(resourceVersion))]
        if let token { metadata.append(("continue", .string(token))) }
        if let remaining { metadata.append(("remainingItemCount", JSONValue(remaining))) }
        var members: [(String, JSONValue)] = [
            ("kind", .string(listKind.kind)), ("apiVersion", .string(listKind.apiVersion)),
            ("metadata", .object(JSONObject(metadata))),
        ]
        if case .table = form { members.append(("columnDefinitions", .array(printer?.columns ?? []))) }
        return JSONValue.object(JSONObject(members)).serialized().dropLast() + ",\"\(items)\":[".utf8
    }

    static let closing = Array("]}\n".utf8)

    private var listKind: (kind: String, apiVersion: String) {
        switch form {
        case .whole: (resource.kind + "List", resource.groupVersion)
        case .table(let version): ("Table", "meta.k8s.io/\(version)")
        case .metadata(let version): ("PartialObjectMetadataList", "meta.k8s.io/\(version)")
        }
    }

    private var items: String {
        if case .table = form { "rows" } else { "items" }
    }

    /// One of the items, without a comma.
    func append(_ object: StoredObject, to output: inout [UInt8]) {
        switch form {
        case .whole: output += object.json
        case .metadata(let version): append(metadataOf: object, version, to: &output)
        case .table(let version):
            output += "{\"cells\":".utf8
            JSONText.append(value: .array(printer?.row(of: object).cells ?? []), to: &output)
            output += ",\"object\":".utf8
            switch included {
            case .none: output += "null".utf8
            case .metadata: append(metadataOf: object, version, to: &output)
            case .object: output += object.json
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    private func append(metadataOf object: StoredObject, _ version: String, to output: inout [UInt8]) {
        output += "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/\(version)\",\"metadata\":".utf8
        JSONText.append(value: object.value["metadata"] ?? [:], to: &output)
        output.append(UInt8(ascii: "}"))
    }

    // MARK: One

    /// An object by itself; of tables, one with a single row.
    ///
    /// - Parameter withColumns: else the client has them already.
    func document(_ object: StoredObject, withColumns: Bool = true) -> [UInt8] {
        var output: [UInt8] = []
        guard case .table(let version) = form else {
            append(object, to: &output)
            return output
        }
        let head: JSONValue = [
            "kind": "Table", "apiVersion": .string("meta.k8s.io/\(version)"),
            "metadata": ["resourceVersion": object.value["metadata"]?["resourceVersion"] ?? ""],
            "columnDefinitions": withColumns ? .array(printer?.columns ?? []) : .null,
        ]
        output = head.serialized().dropLast() + ",\"rows\":[".utf8
        append(object, to: &output)
        output += "]}".utf8
        return output
    }

    /// What tells a watching client that it has all there was.
    func bookmark(resourceVersion: String, endsInitialEvents: Bool) -> [UInt8] {
        var metadata: [(String, JSONValue)] = [
            ("resourceVersion", .string(resourceVersion)), ("creationTimestamp", nil),
        ]
        if endsInitialEvents { metadata.append(("annotations", ["k8s.io/initial-events-end": "true"])) }
        let members: [(String, JSONValue)]
        switch form {
        case .whole:
            members = [("kind", .string(resource.kind)), ("apiVersion", .string(resource.groupVersion))]
        case .metadata(let version):
            members = [("kind", "PartialObjectMetadata"), ("apiVersion", .string("meta.k8s.io/\(version)"))]
        case .table(let version):
            members = [("kind", "Table"), ("apiVersion", .string("meta.k8s.io/\(version)"))]
        }
        var object = JSONObject(members + [("metadata", .object(JSONObject(metadata)))])
        if case .table = form {
            object["columnDefinitions"] = .null
            object["rows"] = []
        }
        return JSONValue.object(["type": "BOOKMARK", "object": .object(object)]).serialized() + "\n".utf8
    }

    func added(_ object: StoredObject, isFirst: Bool) -> [UInt8] {
        "{\"type\":\"ADDED\",\"object\":".utf8 + document(object, withColumns: isFirst) + "}\n".utf8
    }
}
